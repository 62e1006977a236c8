"""The built-in promptable segmenter ``pocket``: its data, its model, its training and its export.

Read in this order: ``config`` (every number of a run), ``sources`` and ``samples`` (from pictures to training crops),
``prompts`` (simulated annotators), ``backbone``, ``model`` (encoder and decoder), ``losses``, ``train`` (the loop),
``evaluate`` (the click protocol), ``export`` (ONNX and its parity with torch), ``command`` (the command line).
"""
