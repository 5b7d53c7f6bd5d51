# SPDX-License-Identifier: Apache-2.0
"""Figures and their budgets: the table that is printed, the list that is written, the verdict."""
import collections
import json

KIB = 1024
MIB = 1024 * KIB

# A budget of None: measured only; a name: that figure, so that neither may be missing. budget_of: the rig that the budget is meant for, None for any. A
# tick of Bochs is one emulated instruction; elsewhere it is a cycle, and nothing is promised.
Row = collections.namedtuple("Row", "name unit budget budget_of what")

ROWS = (
    Row("exits.linux_idle_10s", "exits", 0, None, "both processors, at the shell's prompt"),
    Row("exits.linux_spin_10s", "exits", 0, None, "both processors in user space, tick on"),
    Row("ipis.linux_idle_10s", "exits", None, None, "for writing the ICR"),
    Row("ipis.linux_spin_10s", "exits", None, None, "for writing the ICR"),
    Row("exits.top_10s", "exits", 0, None, "Linux idle while `top` looks each second"),
    Row("exits.attach", "exits", 0, None, "Linux' console attached and left, 10 times"),
    Row("ms.monitor_answer", "ms", 50, None, "Enter to the answer's first byte, the slowest"),
    Row("ticks.cpuid", "ticks", 150, "bochs", "leaf 0, mean"),
    Row("ticks.vmcall", "ticks", 120, "bochs", "no such call, mean"),
    Row("ticks.rdmsr_refused", "ticks", 250, "bochs", "#GP delivered and returned from, mean"),
    Row("ticks.vuart_out", "ticks", 300, "bochs", "a byte to COM1, mean"),
    Row("ticks.pit_in", "ticks", 350, "bochs", "a byte from the 8254's counter 0, mean"),
    Row("ticks.xapic_write", "ticks", 700, "bochs", "EOI to the page of an xAPIC, mean"),
    Row("ticks.xapic_write_paged", "ticks", None, None, "the same with the paging of Linux"),
    Row("ticks.ipi_running", "ticks", 200, "bochs", "ICR write to the handler on a processor that runs"),
    Row("ticks.ipi_halted", "ticks", 250, "bochs", "the same, on one that halts"),
    Row("ticks.self_ipi", "ticks", None, None, "SELF_IPI write to the handler"),
    Row("exits.self_ipi", "exits", 0, None, "for any number of SELF_IPI writes"),
    Row("exits.timer_arm", "exits", 0, None, "for any number of timers armed"),
    Row("ticks.timer_late", "ticks", "ticks.timer_late_bare", None, "TSC deadline to the handler"),
    Row("ticks.timer_late_bare", "ticks", None, None, "the same without Muntin"),
    Row("ticks.trace", "ticks", 25, "bochs", "added to a VMCALL by `trace on`"),
    Row("bytes.image", "bytes", 200 * KIB, None, "in memory"),
    Row("bytes.claimed", "bytes", 8 * MIB, None, "besides guests' RAM and images"),
    Row("ticks.efi_main_to_last_guest", "ticks", None, None, "to its first instruction"),
)


class Figures:
    """What was measured on one rig."""

    def __init__(self, rig):
        self.rig = rig
        self.values = {}
        self.notes = {}

    def set(self, name, value, note=""):
        """note: how it came about, behind the table's row."""
        assert any(row.name == name for row in ROWS), name
        self.values[name] = value
        self.notes[name] = note

    def budget(self, row):
        budget = row.budget if row.budget_of in (None, self.rig) else None
        return self.values.get(budget) if isinstance(budget, str) else budget

    def verdict(self, row):
        value, budget = self.values.get(row.name), self.budget(row)
        if value is None:
            return "MISSING"
        if budget is None:
            return "-"
        return "OVER" if value > budget else "ok"

    def good(self):
        """Whether everything was measured and is within its budget."""
        return all(self.verdict(row) in ("ok", "-") for row in ROWS)

    def table(self):
        """All rows as text."""
        lines = [f"{'figure':<29} {'value':>12} {'unit':<6} {'budget':>9}  verdict  measured"]
        for row in ROWS:
            value, budget = self.values.get(row.name), self.budget(row)
            note = self.notes.get(row.name)
            lines.append(f"{row.name:<29} {shown(value):>12} {row.unit:<6} {shown(budget):>9}  "
                         f"{self.verdict(row):<7}  {row.what}{'; ' + note if note else ''}")
        return "\n".join(lines)

    def write(self, path):
        """The list for machines; what was not measured has the value null."""
        rows = [{"name": row.name, "value": self.values.get(row.name), "unit": row.unit,
                 "budget": self.budget(row), "rig": self.rig} for row in ROWS]
        with open(path, "w", encoding="utf-8") as f:
            json.dump(rows, f, indent=1)
            f.write("\n")


def shown(number):
    """A number of the table."""
    return "-" if number is None else f"{number}"
