"""The synthesis page: sources at the left, live previews, the knobs of the recipe at the right, generating below.

``page`` puts the parts together; ``desk`` holds their state and asks for previews; the other modules are one part each
and know only the desk.
"""
