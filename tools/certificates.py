"""python tools/certificates.py: see press/certificates.py."""

from press.certificates import main

if __name__ == "__main__":
    main()
