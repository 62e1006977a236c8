"""Operations on the regions of shapes: combine, split, grow, smooth, simplify, convert. Pure functions, no Qt.

    vector: exact arithmetic on outlines, the one door to shapely
    pixels: arithmetic on masks, on their crops
    placing: what becomes of which shape, as one edit of a document
    combine: union, difference, intersection, merging of several shapes
    split: cutting along a line, separating parts
    morphology: holes, growing, shrinking, smoothing
    simplify: fewer points
    convert: from one kind to another, with the loss stated

A mask is worked on pixel by pixel by the rule of ``core.masks``, everything else as the outline that
the user drew. What a function cannot do gives an empty result; the caller says why.
"""
