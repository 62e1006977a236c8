"""Why an object was not pasted, in the words of reports and of the window (which translates ``SKIPS``)."""

from __future__ import annotations

OUTSIDE = "outside the picture"
CUT_OFF = "cut off by the edge"
TOO_SMALL = "too small to be seen"
TOO_NEAR = "too near to another"
HIDES = "over the limit for hidden objects"
CUTOUT_SMALL = "cutout too small for the sizes of its label"
TOO_LARGE = "larger than the background"
NOT_ALLOWED = "not on the allowed part of the background"
BEHIND = "behind another"
NO_PLACE = "no place was found"
SKIPS = (OUTSIDE, CUT_OFF, TOO_SMALL, TOO_NEAR, HIDES, CUTOUT_SMALL, TOO_LARGE, NOT_ALLOWED, BEHIND, NO_PLACE)
