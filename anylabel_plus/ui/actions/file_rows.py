"""Rows of the menu File."""
# ruff: noqa: E501 (one row of the table, one line)

from __future__ import annotations

from anylabel_plus.ui.actions.row import DOCUMENT, FILES, FOLDER, NEXT, PREVIOUS, Action, has_labels, row

ROWS: tuple[Action, ...] = (
    row("open_folder", "Open folder…", ("File", 1), "open_folder", ("Ctrl+U",), note="Every image in it and below it."),
    row("open_image", "Open image…", ("File", 1), "open_image", ("Ctrl+O",), note="Its folder opens with it."),
    row("open_samples", "Open sample pictures", ("File", 1), "ph.folders"),
    row("next_image", "Next image", ("File", 2), "next", ("D", "Ctrl+Shift+D", "PgDown"), NEXT, lambda s: s.next_image()),
    row("previous_image", "Previous image", ("File", 2), "previous", ("A", "Ctrl+Shift+A", "PgUp"), PREVIOUS, lambda s: s.previous_image()),
    row("next_unlabelled", "Next image without labels", ("File", 2), "ph.skip-forward", ("Alt+PgDown",), FILES, lambda s: s.desk.jump_unlabelled(1), note="From the last one on to the first."),
    row("previous_unlabelled", "Previous image without labels", ("File", 2), "ph.skip-back", ("Alt+PgUp",), FILES, lambda s: s.desk.jump_unlabelled(-1)),
    row("next_unchecked", "Next unchecked image", ("File", 2), "ph.skip-forward-circle", ("Ctrl+PgDown",), FILES, lambda s: s.desk.jump_unchecked(1), note="From the last one on to the first."),
    row("previous_unchecked", "Previous unchecked image", ("File", 2), "ph.skip-back-circle", ("Ctrl+PgUp",), FILES, lambda s: s.desk.jump_unchecked(-1)),
    row("filter_files", "Filter files", ("File", 2), "filter", ("Ctrl+Alt+F",), FOLDER, note="Words, or label:car score:<0.5 by:model checked:no."),
    row("rescan", "Look for new images", ("File", 2), "retry", ("F5",), FOLDER, lambda s: s.rescan()),
    row("save", "Save", ("File", 3), "save", ("Ctrl+S",), DOCUMENT, lambda s: s.save_all()),
    row("copy_image_path", "Copy the path of the image", ("File", 3), "copy", (), DOCUMENT),
    row("save_copy", "Save a copy of the labels…", ("File", 3), "save", ("Ctrl+Shift+S",), DOCUMENT),
    row("versions", "Restore an earlier version…", ("File", 3), "ph.clock-counter-clockwise", (), DOCUMENT, note="What would change is shown first."),
    Action("autosave", "Save automatically", "File", 3, setting="files.autosave"),
    row("label_folder", "Choose label folder…", ("File", 3), "ph.folder-simple"),
    row("delete_labels", "Delete labels of the chosen images", ("File", 4), "delete", ("Ctrl+Delete",), (has_labels, "This image has no shapes."), note="On the open image one edit; other label files go to the bin."),
    row("delete_image", "Move images to the bin…", ("File", 4), "ph.trash-simple", ("Ctrl+Shift+Delete",), FILES, note="The chosen images with their label files."),
    row("restore_files", "Put back from the bin", ("File", 4), "rollback", (), (lambda s: s.desk.can_restore, "Nothing was moved to the bin."), lambda s: s.desk.restore(), note="What was moved there last."),
    row("close_folder", "Close folder", ("File", 5), "ph.x", ("Ctrl+W",), FOLDER, lambda s: s.close_folder(), note="Labels are saved first."),
    row("quit", "Quit", ("File", 5), "quit", ("Ctrl+Q",)),
)  # fmt: skip
