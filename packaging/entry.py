"""Entry script of the packaged program."""

from anylabel_plus.__main__ import main

if __name__ == "__main__":
    raise SystemExit(main())
