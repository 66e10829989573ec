"""python tools/clinic.py: see press/clinic.py."""

from press.clinic import main

if __name__ == "__main__":
    main()
