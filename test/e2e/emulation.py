# SPDX-License-Identifier: Apache-2.0
"""What cannot be seen of a program under qemu-user, and why: `make arches` runs the rest.

SYMFEED_EMULATED names the architecture. By itself this looks whether each test named here is there:
a list that nobody reads would hide what was mended long ago.
"""

import os
import re
import subprocess
import sys
import unittest

ARCH = os.environ.get("SYMFEED_EMULATED")


def _qemu():
    """The version of the emulator, such as 7; 0 where there is none."""
    try:
        said = subprocess.run((f"qemu-{ARCH}", "--version"), stdout=subprocess.PIPE, check=True).stdout
    except OSError:
        return 0
    return int(re.search(rb"version (\d+)", said).group(1))


MEMORY = "qemu's own memory is there besides, and all that the program could have"
COMMAND_LINE = "what `ps` shows is qemu's command line, and the program cannot change that"
SCRIPT = "it looks into the program itself, which a script stands for"
PRELOADED = "a library of this machine cannot be preloaded into the program"
ADDRESS_SPACE = "qemu needs more address space itself"
SYSTEM_CALLS = "strace would see the calls of qemu"
ERROR_NUMBERS = "before qemu 8, SO_ERROR is a number of the host's, and those of MIPS are others"

# For all architectures; a class stands for each of its tests.
NEVER = {
    "test_secrets.Memory": MEMORY,
    "test_trust.Authorities.test_a_large_bundle_takes_no_more_memory_than_one_root": MEMORY,
    "test_proxy.Password.test_not_in_the_list_of_processes": COMMAND_LINE,
    "test_secrets.Shown.test_the_harness_would_see_it": COMMAND_LINE,
    "test_porting.Porting.test_neither_takes_anything_of_the_port": SCRIPT,
    "test_legacy.State.test_the_file_is_on_the_disk_before_it_counts": PRELOADED,
    "test_examples.Restarts.test_the_state_file_is_on_the_disk_before_it_counts": PRELOADED,
    "test_process.Commands.test_sigterm_as_the_first_process_does_not_wait_for_what_is_dead":
        PRELOADED,
    "test_process.Commands.test_sigterm_while_an_event_comes_begins_none": PRELOADED,
    "test_system_calls.SystemCalls": SYSTEM_CALLS,
    "test_command_line.WrongUse.test_memory_that_the_system_does_not_have": ADDRESS_SPACE,
}
# With an old qemu, for an architecture with error numbers of its own.
NOT_ON_MIPS = {
    "test_calls.Failing.test_the_network_is_down": ERROR_NUMBERS,
    "test_connection.Faults.test_nobody_listens_at_the_start": ERROR_NUMBERS,
    "test_connection.Faults.test_refused_connections_are_retried_until_somebody_listens":
        ERROR_NUMBERS,
    "test_network.Network.test_the_eighth_address_is_tried_and_no_ninth": ERROR_NUMBERS,
    "test_network.Same.test_an_attempt_that_failed_is_not_remembered": ERROR_NUMBERS,
    "test_network.Same.test_no_other_address_is_tried_until_any_will_do_again": ERROR_NUMBERS,
    "test_sign_in.Outages.test_a_key_manager_that_is_down_does_not_make_the_session_anew":
        ERROR_NUMBERS,
    "test_sign_in.Outages.test_a_pod_that_is_down_after_tokens_expired": ERROR_NUMBERS,
    "test_sign_in.Outages.test_a_pod_that_refuses_connections_and_comes_back": ERROR_NUMBERS,
    "test_proxy.RealProxy.test_a_proxy_that_crashes_within_a_long_poll_and_comes_back":
        ERROR_NUMBERS,
    "test_proxy.Tunnels.test_nobody_listens_at_the_proxys_port": ERROR_NUMBERS,
    "test_trust.Resumption.test_a_connection_that_is_refused_does_not": ERROR_NUMBERS,
    "test_trust.Handshakes.test_reset_as_soon_as_the_connection_is_made": ERROR_NUMBERS,
    "test_terminators.BehindHaproxy.test_it_crashes_within_a_long_poll_and_comes_back":
        ERROR_NUMBERS,
    "test_terminators.BehindNginx.test_it_crashes_within_a_long_poll_and_comes_back":
        ERROR_NUMBERS,
}

SKIPPED = {}
if ARCH:
    SKIPPED.update(NEVER)
    if ARCH.startswith("mips") and _qemu() < 8:
        SKIPPED.update(NOT_ON_MIPS)


def skip(test):
    """To be called in setUp()."""
    reason = SKIPPED.get(test.id()) or SKIPPED.get(test.id().rpartition(".")[0])
    if reason:
        test.skipTest(reason)


def main():
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, folder)
    bad = []
    for name in (*NEVER, *NOT_ON_MIPS):
        loader = unittest.TestLoader()
        loader.loadTestsFromName(name)
        bad += [f"emulation.py: there is no test {name}"] if loader.errors else []
    if bad:
        sys.exit("\n".join(bad))


if __name__ == "__main__":
    main()
