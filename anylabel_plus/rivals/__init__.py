"""What other programs' users bring with them: their keys, their configuration files, their launch flags.

Facts of AnyLabeling, X-AnyLabeling and labelme, as tables that know neither the window nor the command line.
"""
