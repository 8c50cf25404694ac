"""The tests of perrin; README.md says what lies where."""
