"""``check``: the pack's lint. All findings at once, each with a code, a place, a reason and a hint."""
