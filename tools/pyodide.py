"""python tools/pyodide.py fetch | take ARCHIVE | prepare FOLDER: see press/pyodide.py."""

from press.pyodide import main

if __name__ == "__main__":
    main()
