"""Drops a file or folder on a window, as a file manager does (XDND, version 5). Needs `apt install python3-xlib`."""

import sys
import time
from urllib.parse import quote

from Xlib import X, display
from Xlib.ext import xtest
from Xlib.protocol import event


def drop(path, target, at, seconds=8):
    """Drops `path` on window `target` at a place of the screen; whether the window took it."""
    screen = display.Display()
    root = screen.screen().root
    atom = screen.intern_atom
    source = root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    window = screen.create_resource_object("window", target)
    data = f"file://{quote(path)}\r\n".encode()
    kind, copy, selection = atom("text/uri-list"), atom("XdndActionCopy"), atom("XdndSelection")
    source.change_property(atom("XdndTypeList"), atom("ATOM"), 32, [kind])
    source.set_selection_owner(selection, X.CurrentTime)

    def tell(name, values):
        message = event.ClientMessage(window=window, client_type=atom(name), data=(32, [source.id, *values]))
        window.send_event(message, event_mask=0)
        screen.flush()

    def hear(until):
        """Answers questions until `until` says that it is over."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            while screen.pending_events():
                heard = screen.next_event()
                if heard.type == X.SelectionRequest:
                    heard.requestor.change_property(heard.property, kind, 8, data)
                    note = event.SelectionNotify(
                        time=heard.time, requestor=heard.requestor, selection=heard.selection, target=heard.target,
                        property=heard.property,
                    )
                    heard.requestor.send_event(note)
                    screen.flush()
                if heard.type == X.ClientMessage and until(heard):
                    return True
            time.sleep(0.02)
        return False

    xtest.fake_input(screen, X.MotionNotify, x=at[0], y=at[1])
    tell("XdndEnter", [5 << 24, kind, 0, 0])
    is_status = lambda heard: heard.client_type == atom("XdndStatus")
    for _ in range(3):
        tell("XdndPosition", [0, at[0] << 16 | at[1], X.CurrentTime, copy])
        if not hear(is_status):
            return False
        time.sleep(0.2)
    tell("XdndDrop", [0, X.CurrentTime, 0, 0])
    return hear(lambda heard: heard.client_type == atom("XdndFinished"))


if __name__ == "__main__":
    print(drop(sys.argv[1], int(sys.argv[2]), (int(sys.argv[3]), int(sys.argv[4]))))
