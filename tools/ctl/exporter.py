# SPDX-License-Identifier: Apache-2.0
"""What the monitor counts, for Prometheus."""
import json
import sys
import threading
import time

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from ctl.trouble import Trouble

# What is asked, and the name under which the answer is kept. What a monitor does not have is left
# out.
QUESTIONS = {
    "version": "version --json",
    "guests": "guest list --json",
    "exits": "exits --json",
    "consoles": "console --json",
}


class Look:
    """Answers of one moment; None for what was not answered."""

    def __init__(self, answers, seconds):
        self.answers = answers
        self.seconds = seconds
        self.at = time.time()

    def rows(self, *path):
        """The list at a path of keys below a question; [] when it is not there."""
        found = self.answers
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, list) else []


def take_look(ask):
    """Ask everything. Raises Trouble when the monitor does not answer."""
    began = time.monotonic()
    replies = ask(list(QUESTIONS.values()))
    answers = {}
    for name, reply in zip(QUESTIONS, replies):
        if reply.status == 0 and reply.output is not None:
            try:
                answers[name] = json.loads(reply.output)
            except ValueError as e:
                raise Trouble(f"`{QUESTIONS[name]}` answered no JSON: {e}") from e
    if "guests" not in answers:
        raise Trouble(f"`{QUESTIONS['guests']}` ended with status {replies[1].status}: is the "
                      "monitor locked?")
    return Look(answers, time.monotonic() - began)


class Collector:
    """The last look, as metrics; after a failed one only that it failed."""

    def __init__(self):
        self.lock = threading.Lock()
        self.look = None
        self.failures = 0
        self.states = {"running"}  # every state seen: those that are not now are 0

    def put(self, look):
        """A new look; None when it failed."""
        with self.lock:
            self.look = look
            self.failures += look is None
            if look:
                self.states |= {guest["state"] for guest in look.rows("guests")}

    def collect(self):
        """Called for each scrape."""
        with self.lock:
            look, failures, states = self.look, self.failures, sorted(self.states)
        yield GaugeMetricFamily("muntin_up", "Whether the monitor answered the last look.",
                                int(look is not None))
        yield CounterMetricFamily("muntin_failed_looks", "Looks that got no answer.", failures)
        if look is None:
            return
        yield GaugeMetricFamily("muntin_look_seconds", "How long the last look took.", look.seconds)
        yield GaugeMetricFamily("muntin_look_timestamp_seconds", "When the last look was.", look.at)
        yield from of_guests(look, states)
        yield from of_exits(look)
        yield from of_consoles(look)


def of_guests(look, states):
    """State and memory."""
    state = GaugeMetricFamily("muntin_guest_state", "1 for the state the guest is in.",
                              labels=["guest", "state"])
    memory = GaugeMetricFamily("muntin_guest_memory_bytes", "Its RAM.", labels=["guest"])
    for guest in look.rows("guests"):
        memory.add_metric([guest["name"]], guest["memory_bytes"])
        for name in states:
            state.add_metric([guest["name"], name], int(guest["state"] == name))
    yield state
    yield memory


def of_exits(look):
    """VM exits of each virtual processor by reason."""
    exits = CounterMetricFamily("muntin_exits", "VM exits by reason.",
                                labels=["guest", "vcpu", "reason"])
    for row in look.rows("exits", "reasons"):
        exits.add_metric([row["guest"], str(row["vcpu"]), row["reason"]], row["count"])
    yield exits
    denied = CounterMetricFamily("muntin_denied_exits", "VM exits that were refused.",
                                 labels=["guest", "vcpu"])
    spent = CounterMetricFamily("muntin_exit_seconds", "Processor time that exits took.",
                                labels=["guest", "vcpu"])
    for row in look.rows("exits", "vcpus"):
        denied.add_metric([row["guest"], str(row["vcpu"])], row["denied"])
        spent.add_metric([row["guest"], str(row["vcpu"])], row["sum_us"] / 1e6)
    yield denied
    yield spent


def of_consoles(look):
    """Console bytes, and those that were lost before anyone saw them."""
    written = CounterMetricFamily("muntin_console_bytes", "Bytes the guest wrote to its console.",
                                  labels=["guest"])
    lost = CounterMetricFamily("muntin_console_lost_bytes", "Bytes overwritten before they were "
                               "shown.", labels=["guest"])
    for row in look.rows("consoles", "guests"):
        written.add_metric([row["name"]], row["written_bytes"])
        lost.add_metric([row["name"]], row["lost_bytes"])
    yield written
    yield lost
    line = look.answers.get("consoles")
    if isinstance(line, dict):
        for key, way in (("lost_out_bytes", "from"), ("lost_in_bytes", "to")):
            yield CounterMetricFamily(f"muntin_line_{key.replace('_bytes', '')}_bytes",
                                      f"Bytes lost on the way {way} the monitor.", line[key])


def serve(ask, listen, interval):
    """Look and be asked, until a signal ends it."""
    collector = Collector()
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    try:
        start_http_server(listen[1], listen[0], registry)
    except OSError as e:
        raise Trouble(f"cannot listen on {listen[0]}:{listen[1]}: {e.strerror}") from e
    said = None
    while True:
        try:
            collector.put(take_look(ask))
            words = "the monitor answers"
        except Trouble as e:
            collector.put(None)
            words = str(e)
        if words != said:
            print(f"muntinctl exporter: {words}", file=sys.stderr, flush=True)
            said = words
        time.sleep(interval)
