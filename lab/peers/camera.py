"""camera.py ADDRESS: a camera that serves its picture over RTSP at port 554 to the invented user. It needs the system's
Python, which has GStreamer."""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer
from planted import PATIENT

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address(sys.argv[1])
server.set_service("554")
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch("( videotestsrc is-live=true ! video/x-raw,format=I420,width=64,height=48,framerate=5/1 ! jpegenc ! rtpjpegpay name=pay0 )")
permissions = GstRtspServer.RTSPPermissions()
for what in ("media.factory.access", "media.factory.construct"):
    permissions.add_permission_for_role("user", what, True)
factory.set_permissions(permissions)
auth = GstRtspServer.RTSPAuth()
auth.set_realm("ward camera")
token = GstRtspServer.RTSPToken()
token.set_string("media.factory.role", "user")
auth.add_basic(GstRtspServer.RTSPAuth.make_basic(PATIENT["user"], PATIENT["password"]), token)
server.set_auth(auth)
server.get_mount_points().add_factory(f"/{PATIENT['id']}", factory)
server.attach(None)
print("serving", flush=True)
GLib.MainLoop().run()
