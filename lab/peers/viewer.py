"""viewer.py URL: looks at a camera for a moment. It needs the system's Python, which has GStreamer."""

import sys

import gi

gi.require_version("Gst", "1.0")
from gi.repository import Gst

Gst.init(None)
line = Gst.parse_launch(f"rtspsrc location={sys.argv[1]} protocols=tcp latency=0 ! fakesink name=end num-buffers=3")
line.set_state(Gst.State.PLAYING)
message = line.get_bus().timed_pop_filtered(15 * Gst.SECOND, Gst.MessageType.EOS | Gst.MessageType.ERROR)
line.set_state(Gst.State.NULL)
if message is None or message.type == Gst.MessageType.ERROR:
    sys.exit(f"saw nothing: {message and message.parse_error()}")
