"""Tests of the yardstick; none says how long something takes."""
