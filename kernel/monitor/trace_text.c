/* SPDX-License-Identifier: Apache-2.0 */
/* trace_text.c: a traced exit in words. */
#include "kernel/monitor/trace_text.h"

#include "arch/cpu/regs.h"
#include "arch/vmx/vmcs.h"
#include "arch/vmx/vmexit.h"
#include "kernel/exit_verdict.h"
#include "kernel/lib/format.h"

struct vector_name {
	uint8_t vector;
	const char *name;
};

/* Those that Muntin injects (SDM Vol. 3A, "Exception and Interrupt Vectors"). */
static const struct vector_name vector_names[] = {
	{ VECTOR_DB, "#DB" }, { VECTOR_UD, "#UD" }, { VECTOR_GP, "#GP" },
	{ VECTOR_PF, "#PF" }, { VECTOR_AC, "#AC" },
};

static void fault(uint8_t vector, char text[TRACE_TEXT_BYTES])
{
	for (size_t i = 0; i < ARRAY_COUNT(vector_names); i++) {
		if (vector_names[i].vector == vector) {
			format(text, TRACE_TEXT_BYTES, "%s", vector_names[i].name);
			return;
		}
	}
	format(text, TRACE_TEXT_BYTES, "#%u", vector);
}

void trace_text_done(const struct trace_entry *entry, char text[TRACE_TEXT_BYTES])
{
	const char *word = "done";

	if (entry->exit.refused != 0) {
		word = "refused";
	} else if (entry->verdict == EXIT_INJECT) {
		fault(entry->exit.vector, text);
		return;
	} else if (entry->verdict == EXIT_RESUME) {
		word = "resumed";
	} else if (entry->verdict == EXIT_STOP) {
		word = "stopped";
	}
	format(text, TRACE_TEXT_BYTES, "%s", word);
}

static void cpuid_detail(const struct trace_entry *entry, char text[TRACE_TEXT_BYTES])
{
	format(text, TRACE_TEXT_BYTES, entry->ecx != 0 ? "0x%x.%x" : "0x%x", entry->eax,
	       entry->ecx);
}

/* MSR or XCR in ECX, value in EDX:EAX. */
static void write_detail(const struct trace_entry *entry, char text[TRACE_TEXT_BYTES])
{
	format(text, TRACE_TEXT_BYTES, "0x%x=%lx", entry->ecx,
	       (uint64_t)entry->edx << 32 | entry->eax);
}

static void io_detail(const struct trace_entry *entry, char text[TRACE_TEXT_BYTES])
{
	struct vmexit_io io = vmexit_io(entry->qualification);
	uint32_t mask = io.bytes >= 4 ? UINT32_MAX : (1u << 8 * io.bytes) - 1;
	size_t used = format(text, TRACE_TEXT_BYTES, "0x%x/%u", io.port, io.bytes);

	if (!io.in) {
		format(&text[used], TRACE_TEXT_BYTES - used, "=%x", entry->eax & mask);
	}
}

static void ept_detail(const struct trace_entry *entry, char text[TRACE_TEXT_BYTES])
{
	struct vmexit_ept ept = vmexit_ept(entry->qualification, entry->address);

	format(text, TRACE_TEXT_BYTES, "0x%lx %c", ept.gpa.value,
	       ept.fetch   ? 'x'
	       : ept.write ? 'w'
			   : 'r');
}

static void cr_detail(const struct trace_entry *entry, char text[TRACE_TEXT_BYTES])
{
	static const char *const accesses[] = { "write", "read", "clts", "lmsw" };
	struct vmexit_cr cr = vmexit_cr(entry->qualification);

	format(text, TRACE_TEXT_BYTES, "cr%u %s", cr.number, accesses[cr.access]);
}

void trace_text_detail(const struct trace_entry *entry, char text[TRACE_TEXT_BYTES])
{
	switch (entry->exit.slot) {
	case EXIT_REASON_CPUID:
		cpuid_detail(entry, text);
		break;
	case EXIT_REASON_VMCALL:
		format(text, TRACE_TEXT_BYTES, "0x%x", entry->eax);
		break;
	case EXIT_REASON_RDMSR:
		format(text, TRACE_TEXT_BYTES, "0x%x", entry->ecx);
		break;
	case EXIT_REASON_WRMSR:
	case EXIT_REASON_XSETBV:
	case EXIT_SLOT_IPI:
		write_detail(entry, text);
		break;
	case EXIT_REASON_IO:
		io_detail(entry, text);
		break;
	case EXIT_REASON_EPT_VIOLATION:
		ept_detail(entry, text);
		break;
	case EXIT_REASON_CR_ACCESS:
		cr_detail(entry, text);
		break;
	default:
		format(text, TRACE_TEXT_BYTES, entry->qualification != 0 ? "0x%lx" : "",
		       entry->qualification);
	}
}
