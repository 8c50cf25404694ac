"""`python -m perrin`, which is the command `perrin`."""

from perrin.cli import main

if __name__ == "__main__":
    main()
