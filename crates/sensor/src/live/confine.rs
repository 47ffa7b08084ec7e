//! What a process that decodes strangers' bytes does not need is given up, once its sockets are open:
//! capabilities, files, system calls. A hole in a dissector then leads nowhere.

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
    RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use rustix::thread::{CapabilitySet, CapabilitySets};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};
use std::path::Path;

/// What stays within reach.
#[derive(Clone, Copy, Debug, Default)]
pub struct Access<'a> {
    /// Folders that may be read.
    pub readable: &'a [&'a Path],
    /// Folders in which anything may be done.
    pub writable: &'a [&'a Path],
}

/// What was given up, and what this system could not enforce.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Confined {
    /// In force, in words.
    pub given_up: Vec<&'static str>,
    /// Not in force, with the reason in words.
    pub missing: Vec<String>,
}

/// The newest rules for files and networks that this was written for; older kernels enforce what they know.
const RULES: ABI = ABI::V6;

/// Confines this thread and all that it starts: no capabilities, nothing on any disk but what `access` names, no
/// connections, and only the system calls that observing needs. What the system does not support is told,
/// and no reason to stop.
pub fn confine(access: &Access<'_>) -> Confined {
    let mut confined = Confined::default();
    let mut note = |what: &'static str, done: Result<(), String>| match done {
        Ok(()) => confined.given_up.push(what),
        Err(reason) => confined.missing.push(format!("{what}: {reason}")),
    };
    note("capabilities", without_capabilities());
    note("files and networks (Landlock)", without_files(access));
    note("system calls (seccomp)", without_calls());
    confined
}

fn without_capabilities() -> Result<(), String> {
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    rustix::thread::set_capabilities(None, sets).map_err(|error| error.to_string())
}

fn without_files(access: &Access<'_>) -> Result<(), String> {
    let words = |error: &dyn std::error::Error| error.to_string();
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(RULES))
        .and_then(|rules| rules.handle_access(AccessNet::from_all(RULES)))
        .and_then(|rules| rules.scope(Scope::from_all(RULES)))
        .and_then(Ruleset::create)
        .map_err(|error| words(&error))?;
    let reading = access.readable.iter().map(|path| (*path, AccessFs::from_read(RULES)));
    let writing = access.writable.iter().map(|path| (*path, AccessFs::from_all(RULES)));
    let mut rules = rules;
    for (path, rights) in reading.chain(writing) {
        let folder = PathFd::new(path).map_err(|error| words(&error))?;
        rules = rules.add_rule(PathBeneath::new(folder, rights)).map_err(|error| words(&error))?;
    }
    match rules.restrict_self().map_err(|error| words(&error))?.ruleset {
        RulesetStatus::NotEnforced => Err("not supported by this kernel".to_owned()),
        RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced => Ok(()),
    }
}

/// System calls that may be made: reading and writing what is open, files in the output folder (which
/// Landlock names), memory, threads, time, the end. No new sockets, no programs, no signals to others.
const CALLS: &[libc::c_long] = &[
    libc::SYS_read,
    libc::SYS_write,
    libc::SYS_readv,
    libc::SYS_writev,
    libc::SYS_pread64,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_newfstatat,
    libc::SYS_statx,
    libc::SYS_openat,
    libc::SYS_fcntl,
    libc::SYS_fsync,
    libc::SYS_fdatasync,
    libc::SYS_ftruncate,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_unlinkat,
    libc::SYS_mkdirat,
    libc::SYS_getdents64,
    libc::SYS_getcwd,
    libc::SYS_ppoll,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_getsockopt,
    libc::SYS_setsockopt,
    libc::SYS_mmap,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    libc::SYS_brk,
    libc::SYS_futex,
    libc::SYS_membarrier,
    libc::SYS_clone,
    libc::SYS_clone3,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_prctl,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_nanosleep,
    libc::SYS_clock_nanosleep,
    libc::SYS_clock_gettime,
    libc::SYS_gettimeofday,
    libc::SYS_getrandom,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_gettid,
    libc::SYS_getpid,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Calls that older machines have under further names.
#[cfg(target_arch = "x86_64")]
const OLD_CALLS: &[libc::c_long] =
    &[libc::SYS_poll, libc::SYS_open, libc::SYS_stat, libc::SYS_rename, libc::SYS_unlink, libc::SYS_mkdir];
#[cfg(not(target_arch = "x86_64"))]
const OLD_CALLS: &[libc::c_long] = &[];

/// Requests about a terminal that only ask (`TCGETS`, `TIOCGWINSZ`, `TCGETS2`); others could type on it.
const TERMINAL_REQUESTS: [u64; 3] = [0x5401, 0x5413, 0x802c_542a];

fn without_calls() -> Result<(), String> {
    let words = |error: seccompiler::BackendError| error.to_string();
    let machine = TargetArch::try_from(std::env::consts::ARCH).map_err(words)?;
    let mut rules: Vec<(i64, Vec<SeccompRule>)> =
        CALLS.iter().chain(OLD_CALLS).map(|call| (*call, Vec::new())).collect();
    let mut requests = Vec::new();
    for request in TERMINAL_REQUESTS {
        let is_it =
            SeccompCondition::new(1, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, request).map_err(words)?;
        requests.push(SeccompRule::new(vec![is_it]).map_err(words)?);
    }
    rules.push((libc::SYS_ioctl, requests));
    // Refused, not killed: the last Batch is worth more than a clear end.
    let refused = SeccompAction::Errno(libc::EPERM as u32);
    let filter = SeccompFilter::new(rules.into_iter().collect(), refused, SeccompAction::Allow, machine);
    let program: BpfProgram = filter.and_then(BpfProgram::try_from).map_err(words)?;
    seccompiler::apply_filter_all_threads(&program).map_err(|error| error.to_string())
}
