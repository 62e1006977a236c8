"""Training of models. The only package that imports torch (the extra ``[train]``); it runs as a process of its own."""
