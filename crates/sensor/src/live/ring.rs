//! A ring of blocks that the kernel fills with frames and this process reads in place: `AF_PACKET` with
//! `TPACKET_V3` (packet_mmap of the kernel's documentation).
//!
//! The only module of Cordon with `unsafe` code: no crate that we would take on offers this without a great
//! deal else. It makes system calls and lends one block at a time as a slice; what is in a block is read by
//! safe code ([`super::frames`]).
#![expect(
    unsafe_code,
    reason = "sockets of this family and memory shared with the kernel have no safe interface"
)]

use std::ffi::c_int;
use std::io;
use std::mem::size_of;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};

/// Bytes of a block. A power of two and a multiple of the page size; the longest frame fits.
pub(super) const BLOCK_BYTES: usize = 1 << 20;
/// A block that holds a frame is handed over after this time at the latest, in milliseconds.
const BLOCK_MILLIS_MAX: u32 = 50;
/// Only wanted to satisfy the kernel's arithmetic: version 3 packs frames of any length.
const FRAME_BYTES: usize = 2048;
/// Room before each frame, so that a VLAN tag can be put back.
const RESERVED_BYTES: c_int = 4;
/// Where a block says whose it is (`tpacket_hdr_v1::block_status` in `tpacket_block_desc`).
const STATUS_OFFSET: usize = 8;

/// One instruction of a classic packet filter: code, jumps, operand.
pub(super) type Instruction = (u16, u8, u8, u32);

/// A socket and the ring that it shares with the kernel.
pub(super) struct Ring {
    socket: OwnedFd,
    blocks: NonNull<u8>,
    count: usize,
    /// The block to look at next.
    next: usize,
}

// SAFETY: the mapping belongs to this value alone and is reached only through `&mut self`; the kernel does
// not care which thread of the process reads it.
unsafe impl Send for Ring {}

/// What the kernel counted on one socket since it was asked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Frames that passed the socket, dropped ones included.
    pub(super) frames: u64,
    /// Frames for which the ring had no room.
    pub(super) dropped: u64,
    /// How often the ring was found full.
    pub(super) full: u64,
}

impl Ring {
    /// A ring of `count` blocks on a new socket that is bound to nothing and receives nothing.
    pub(super) fn new(count: usize) -> io::Result<Ring> {
        // SAFETY: no pointers are passed.
        let socket = unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) };
        if socket < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call above made this descriptor, and nobody else owns it.
        let socket = unsafe { OwnedFd::from_raw_fd(socket) };
        let version = libc::tpacket_versions::TPACKET_V3 as c_int;
        set(&socket, libc::SOL_PACKET, libc::PACKET_VERSION, &version)?;
        set(&socket, libc::SOL_PACKET, libc::PACKET_RESERVE, &RESERVED_BYTES)?;
        let number = |count: usize| u32::try_from(count).map_err(|_| io::ErrorKind::InvalidInput);
        let request = libc::tpacket_req3 {
            tp_block_size: BLOCK_BYTES as u32,
            tp_block_nr: number(count)?,
            tp_frame_size: FRAME_BYTES as u32,
            tp_frame_nr: number(count * (BLOCK_BYTES / FRAME_BYTES))?,
            tp_retire_blk_tov: BLOCK_MILLIS_MAX,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        set(&socket, libc::SOL_PACKET, libc::PACKET_RX_RING, &request)?;
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let (shared, length) = (libc::MAP_SHARED | libc::MAP_POPULATE, count * BLOCK_BYTES);
        // SAFETY: a new mapping at an address of the kernel's choice, of the length just asked for.
        let mapped =
            unsafe { libc::mmap(std::ptr::null_mut(), length, access, shared, socket.as_raw_fd(), 0) };
        if mapped == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let blocks = NonNull::new(mapped.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Ring { socket, blocks, count, next: 0 })
    }

    /// Lets only frames through that this program accepts.
    pub(super) fn filter(&self, program: &[Instruction]) -> io::Result<()> {
        let mut program = instructions(program);
        set(&self.socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &prepared(&mut program)?)
    }

    /// Lets all frames through again.
    pub(super) fn unfilter(&self) -> io::Result<()> {
        set(&self.socket, libc::SOL_SOCKET, libc::SO_DETACH_FILTER, &0)
    }

    /// Starts receiving the frames of an interface.
    pub(super) fn bind(&self, interface: u32) -> io::Result<()> {
        let address = libc::sockaddr_ll {
            sll_family: libc::AF_PACKET as u16,
            sll_protocol: (libc::ETH_P_ALL as u16).to_be(),
            sll_ifindex: index(interface)?,
            sll_hatype: 0,
            sll_pkttype: 0,
            sll_halen: 0,
            sll_addr: [0; 8],
        };
        let length = size_of::<libc::sockaddr_ll>() as libc::socklen_t;
        // SAFETY: the address lives through the call, and its true length is passed.
        let done = unsafe { libc::bind(self.socket.as_raw_fd(), (&raw const address).cast(), length) };
        if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// Has the interface receive frames for others, as long as the socket lives.
    pub(super) fn listen_to_all(&self, interface: u32) -> io::Result<()> {
        let membership = libc::packet_mreq {
            mr_ifindex: index(interface)?,
            mr_type: libc::PACKET_MR_PROMISC as u16,
            mr_alen: 0,
            mr_address: [0; 8],
        };
        set(&self.socket, libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &membership)
    }

    /// Leaves out what this machine sends: on a loopback interface it is received as well.
    pub(super) fn ignore_own(&self) -> io::Result<()> {
        set(&self.socket, libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &1)
    }

    /// Starts a group of rings that share the frames of an interface, which one is for whom as the program
    /// says; answers the number by which others join.
    pub(super) fn found_group(&self, program: &[Instruction]) -> io::Result<u32> {
        let kind = (libc::PACKET_FANOUT_CBPF | libc::PACKET_FANOUT_FLAG_UNIQUEID) << 16;
        set(&self.socket, libc::SOL_PACKET, libc::PACKET_FANOUT, &kind)?;
        let mut program = instructions(program);
        set(&self.socket, libc::SOL_PACKET, libc::PACKET_FANOUT_DATA, &prepared(&mut program)?)?;
        let mut group = 0u32;
        get(&self.socket, libc::PACKET_FANOUT, &mut group)?;
        // What is told besides the number is how the group shares, of which "unique" only holds for its founder.
        Ok(group & 0xffff | libc::PACKET_FANOUT_CBPF << 16)
    }

    /// Joins a group.
    pub(super) fn join_group(&self, group: u32) -> io::Result<()> {
        set(&self.socket, libc::SOL_PACKET, libc::PACKET_FANOUT, &group)
    }

    /// What was counted since the last call.
    pub(super) fn counted(&self) -> io::Result<Counted> {
        let mut counted = [0u32; 3];
        get(&self.socket, libc::PACKET_STATISTICS, &mut counted)?;
        let [frames, dropped, full] = counted.map(u64::from);
        Ok(Counted { frames, dropped, full })
    }

    /// Takes the error that waits on the socket, if one does: the interface went down or is gone.
    pub(super) fn failure(&self) -> Option<io::Error> {
        let mut code: c_int = 0;
        get_at(&self.socket, libc::SOL_SOCKET, libc::SO_ERROR, &mut code).ok()?;
        (code != 0).then(|| io::Error::from_raw_os_error(code))
    }

    /// What to wait for.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Lends the next block that the kernel has filled to `read`, then gives it back to the kernel; answers
    /// false when there is none.
    pub(super) fn block(&mut self, read: &mut dyn FnMut(&mut [u8])) -> bool {
        // SAFETY: `next` is below `count`, so the block lies within the mapping.
        let block = unsafe { self.blocks.add(self.next * BLOCK_BYTES) };
        // SAFETY: a block begins at a page, so the word at `STATUS_OFFSET` is aligned; both sides access it
        // atomically only, as long as the slice below is not lent.
        let status = unsafe { AtomicU32::from_ptr(block.add(STATUS_OFFSET).cast().as_ptr()) };
        if status.load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
            return false;
        }
        // SAFETY: while the status says "user" the kernel neither writes nor reads the block; the slice is
        // the only way to it, and it ends before the status is set back.
        read(unsafe { std::slice::from_raw_parts_mut(block.as_ptr(), BLOCK_BYTES) });
        // SAFETY: as above; the slice is gone, and whatever it was used for is written before the kernel sees
        // the status.
        let status = unsafe { AtomicU32::from_ptr(block.add(STATUS_OFFSET).cast().as_ptr()) };
        status.store(libc::TP_STATUS_KERNEL, Ordering::Release);
        self.next = (self.next + 1) % self.count;
        true
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the mapping was made in `new` with this length, and nothing borrowed from it is alive.
        let _ = unsafe { libc::munmap(self.blocks.as_ptr().cast(), self.count * BLOCK_BYTES) };
    }
}

fn index(interface: u32) -> io::Result<c_int> {
    c_int::try_from(interface).map_err(|_| io::ErrorKind::InvalidInput.into())
}

fn instructions(program: &[Instruction]) -> Vec<libc::sock_filter> {
    program.iter().map(|&(code, jt, jf, k)| libc::sock_filter { code, jt, jf, k }).collect()
}

fn prepared(program: &mut [libc::sock_filter]) -> io::Result<libc::sock_fprog> {
    let len = u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    Ok(libc::sock_fprog { len, filter: program.as_mut_ptr() })
}

fn set<T>(socket: &OwnedFd, level: c_int, option: c_int, value: &T) -> io::Result<()> {
    let length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the value lives through the call and its true length is passed; what a `sock_fprog` points to
    // is borrowed by its caller for as long.
    let done = unsafe {
        libc::setsockopt(socket.as_raw_fd(), level, option, std::ptr::from_ref(value).cast(), length)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn get<T: Plain>(socket: &OwnedFd, option: c_int, value: &mut T) -> io::Result<()> {
    get_at(socket, libc::SOL_PACKET, option, value)
}

fn get_at<T: Plain>(socket: &OwnedFd, level: c_int, option: c_int, value: &mut T) -> io::Result<()> {
    let mut length = size_of::<T>() as libc::socklen_t;
    // SAFETY: the value lives through the call and the kernel writes at most the length passed; any bytes
    // are a value of a plain type.
    let done = unsafe {
        libc::getsockopt(socket.as_raw_fd(), level, option, std::ptr::from_mut(value).cast(), &raw mut length)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Types of which any bytes are a value.
trait Plain {}
impl Plain for u32 {}
impl Plain for c_int {}
impl Plain for [u32; 3] {}
