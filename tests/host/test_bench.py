# SPDX-License-Identifier: Apache-2.0
"""The benchmark's bookkeeping: budgets, verdicts, the list that is written."""
import json
import os
import sys

import pytest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path += [os.path.join(TOP, "tests/bench"), os.path.join(TOP, "tests/boot")]
# pylint: disable=wrong-import-position
from figures import ROWS, Figures
from scenario import Sample

def exits(time_us, cpuid, ipis):
    """What `exits --json` answers, as far as it is read."""
    return {"time_us": time_us,
            "vcpus": [{"vcpu": 0, "total": cpuid, "ipis": 12},
                      {"vcpu": 1, "total": 7, "ipis": ipis}],
            "reasons": [{"vcpu": 0, "reason": "CPUID", "count": cpuid},
                        {"vcpu": 1, "reason": "IPI", "count": ipis}]}


@pytest.fixture
def figures():
    """Everything measured, everything just within its budget."""
    full = Figures("bochs")
    for row in ROWS:
        full.set(row.name, 0 if isinstance(row.budget, str) else row.budget or 0)
    return full


def test_figures_within_their_budgets_are_good(figures):
    assert figures.good()
    assert "OVER" not in figures.table()


@pytest.mark.parametrize("row", [row for row in ROWS if row.budget is not None],
                         ids=lambda row: row.name)
def test_one_more_than_a_budget_is_not_good(figures, row):
    figures.set(row.name, figures.budget(row) + 1)
    assert not figures.good()
    assert figures.verdict(row) == "OVER"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_figure_that_is_missing_is_not_good(figures, row):
    del figures.values[row.name]
    assert not figures.good()
    assert "MISSING" in figures.table()


def test_a_name_that_is_no_figure_is_refused(figures):
    with pytest.raises(AssertionError):
        figures.set("ticks.nothing", 1)


def test_ticks_have_a_budget_on_bochs_alone():
    def budgets(rig):
        figures = Figures(rig)
        return {row.name for row in ROWS if figures.budget(row) is not None}
    assert budgets("bochs") - budgets("qemu-kvm") == {
        "ticks.cpuid", "ticks.vmcall", "ticks.rdmsr_refused", "ticks.vuart_out", "ticks.trace",
        "ticks.ipi_running", "ticks.ipi_halted", "ticks.xapic_write"}


def test_the_list_has_every_figure_with_its_five_fields(figures, tmp_path):
    figures.set("ticks.cpuid", 144)
    figures.write(tmp_path / "bench.json")
    rows = json.loads((tmp_path / "bench.json").read_text())
    assert [row["name"] for row in rows] == [row.name for row in ROWS]
    assert {"name": "ticks.cpuid", "value": 144, "unit": "ticks", "budget": 150,
            "rig": "bochs"} in rows


def test_two_samples_say_what_moved_between_them():
    before = Sample(exits(time_us=91204817, cpuid=1234, ipis=5))
    after = Sample(exits(time_us=101300000, cpuid=1236, ipis=6))
    assert after.time - before.time == pytest.approx(10.095183)
    assert after.since(before) == {(0, "CPUID"): 2, (0, "total"): 2, (1, "ipis"): 1}
