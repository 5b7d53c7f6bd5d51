/* SPDX-License-Identifier: Apache-2.0 */
/* vmcs_field.c: the table of VMCS fields (SDM Vol. 3D, Appendix B "Field Encoding in VMCS"). */
#include "arch/vmx/vmcs_field.h"

#include "arch/vmx/vmcs.h"
#include "kernel/lib/format.h"

/*
 * Fields in a row, VMCS_SEGMENT_STEP apart. In the name "%s" is a segment register, from ES on, and "%u" counts;
 * "Guest" or "Host" before it comes from the encoding.
 */
struct row {
	uint16_t first;
	uint8_t count;
	char name[34];
};

/* clang-format off */
static const struct row rows[] = {
	{ 0x4400, 1, "VM-instruction error" }, /* first: see the header */
	{ 0x0000, 1, "Virtual-processor identifier" },
	{ 0x0002, 1, "Posted-interrupt vector" },
	{ 0x0004, 1, "EPTP index" },
	{ 0x0006, 1, "HLAT prefix size" },
	{ 0x0008, 1, "Last PID-pointer index" },
	{ 0x0800, 8, "%s selector" },
	{ 0x0810, 1, "interrupt status" },
	{ 0x0812, 1, "PML index" },
	{ 0x0814, 1, "UINV" },
	{ 0x0C00, 6, "%s selector" },
	{ 0x0C0C, 1, "TR selector" },
	{ 0x2000, 1, "I/O bitmap A" },
	{ 0x2002, 1, "I/O bitmap B" },
	{ 0x2004, 1, "MSR bitmaps" },
	{ 0x2006, 1, "VM-exit MSR-store address" },
	{ 0x2008, 1, "VM-exit MSR-load address" },
	{ 0x200A, 1, "VM-entry MSR-load address" },
	{ 0x200C, 1, "Executive-VMCS pointer" },
	{ 0x200E, 1, "PML address" },
	{ 0x2010, 1, "TSC offset" },
	{ 0x2012, 1, "Virtual-APIC address" },
	{ 0x2014, 1, "APIC-access address" },
	{ 0x2016, 1, "Posted-interrupt descriptor" },
	{ 0x2018, 1, "VM-function controls" },
	{ 0x201A, 1, "EPT pointer" },
	{ 0x201C, 4, "EOI-exit bitmap %u" },
	{ 0x2024, 1, "EPTP-list address" },
	{ 0x2026, 1, "VMREAD-bitmap address" },
	{ 0x2028, 1, "VMWRITE-bitmap address" },
	{ 0x202A, 1, "Virtualization-exception info" },
	{ 0x202C, 1, "XSS-exiting bitmap" },
	{ 0x202E, 1, "ENCLS-exiting bitmap" },
	{ 0x2030, 1, "Sub-page-permission pointer" },
	{ 0x2032, 1, "TSC multiplier" },
	{ 0x2034, 1, "Tertiary processor-based controls" },
	{ 0x2036, 1, "ENCLV-exiting bitmap" },
	{ 0x2038, 1, "Low PASID directory" },
	{ 0x203A, 1, "High PASID directory" },
	{ 0x203C, 1, "Shared EPT pointer" },
	{ 0x203E, 1, "PCONFIG-exiting bitmap" },
	{ 0x2040, 1, "HLAT pointer" },
	{ 0x2042, 1, "PID-pointer table address" },
	{ 0x2044, 1, "Secondary VM-exit controls" },
	{ 0x204A, 1, "IA32_SPEC_CTRL mask" },
	{ 0x204C, 1, "IA32_SPEC_CTRL shadow" },
	{ 0x2400, 1, "Guest-physical address" },
	{ 0x2800, 1, "VMCS link pointer" },
	{ 0x2802, 1, "IA32_DEBUGCTL" },
	{ 0x2804, 1, "IA32_PAT" },
	{ 0x2806, 1, "IA32_EFER" },
	{ 0x2808, 1, "IA32_PERF_GLOBAL_CTRL" },
	{ 0x280A, 4, "PDPTE%u" },
	{ 0x2812, 1, "IA32_BNDCFGS" },
	{ 0x2814, 1, "IA32_RTIT_CTL" },
	{ 0x2816, 1, "IA32_LBR_CTL" },
	{ 0x2818, 1, "IA32_PKRS" },
	{ 0x2C00, 1, "IA32_PAT" },
	{ 0x2C02, 1, "IA32_EFER" },
	{ 0x2C04, 1, "IA32_PERF_GLOBAL_CTRL" },
	{ 0x2C06, 1, "IA32_PKRS" },
	{ 0x4000, 1, "Pin-based controls" },
	{ 0x4002, 1, "Primary processor-based controls" },
	{ 0x4004, 1, "Exception bitmap" },
	{ 0x4006, 1, "Page-fault error-code mask" },
	{ 0x4008, 1, "Page-fault error-code match" },
	{ 0x400A, 1, "CR3-target count" },
	{ 0x400C, 1, "Primary VM-exit controls" },
	{ 0x400E, 1, "VM-exit MSR-store count" },
	{ 0x4010, 1, "VM-exit MSR-load count" },
	{ 0x4012, 1, "VM-entry controls" },
	{ 0x4014, 1, "VM-entry MSR-load count" },
	{ 0x4016, 1, "VM-entry interruption information" },
	{ 0x4018, 1, "VM-entry exception error code" },
	{ 0x401A, 1, "VM-entry instruction length" },
	{ 0x401C, 1, "TPR threshold" },
	{ 0x401E, 1, "Secondary processor controls" },
	{ 0x4020, 1, "PLE_Gap" },
	{ 0x4022, 1, "PLE_Window" },
	{ 0x4024, 1, "Instruction-timeout control" },
	{ 0x4402, 1, "Exit reason" },
	{ 0x4404, 1, "VM-exit interruption information" },
	{ 0x4406, 1, "VM-exit interruption error code" },
	{ 0x4408, 1, "IDT-vectoring information" },
	{ 0x440A, 1, "IDT-vectoring error code" },
	{ 0x440C, 1, "VM-exit instruction length" },
	{ 0x440E, 1, "VM-exit instruction information" },
	{ 0x4800, 8, "%s limit" },
	{ 0x4810, 1, "GDTR limit" },
	{ 0x4812, 1, "IDTR limit" },
	{ 0x4814, 8, "%s access rights" },
	{ 0x4824, 1, "interruptibility state" },
	{ 0x4826, 1, "activity state" },
	{ 0x4828, 1, "SMBASE" },
	{ 0x482A, 1, "IA32_SYSENTER_CS" },
	{ 0x482E, 1, "VMX-preemption timer" },
	{ 0x4C00, 1, "IA32_SYSENTER_CS" },
	{ 0x6000, 1, "CR0 guest/host mask" },
	{ 0x6002, 1, "CR4 guest/host mask" },
	{ 0x6004, 1, "CR0 read shadow" },
	{ 0x6006, 1, "CR4 read shadow" },
	{ 0x6008, 4, "CR3-target value %u" },
	{ 0x6400, 1, "Exit qualification" },
	{ 0x6402, 1, "I/O RCX" },
	{ 0x6404, 1, "I/O RSI" },
	{ 0x6406, 1, "I/O RDI" },
	{ 0x6408, 1, "I/O RIP" },
	{ 0x640A, 1, "Guest-linear address" },
	{ 0x6800, 1, "CR0" },
	{ 0x6802, 1, "CR3" },
	{ 0x6804, 1, "CR4" },
	{ 0x6806, 8, "%s base" },
	{ 0x6816, 1, "GDTR base" },
	{ 0x6818, 1, "IDTR base" },
	{ 0x681A, 1, "DR7" },
	{ 0x681C, 1, "RSP" },
	{ 0x681E, 1, "RIP" },
	{ 0x6820, 1, "RFLAGS" },
	{ 0x6822, 1, "pending debug exceptions" },
	{ 0x6824, 1, "IA32_SYSENTER_ESP" },
	{ 0x6826, 1, "IA32_SYSENTER_EIP" },
	{ 0x6828, 1, "IA32_S_CET" },
	{ 0x682A, 1, "SSP" },
	{ 0x682C, 1, "IA32_INTERRUPT_SSP_TABLE_ADDR" },
	{ 0x6C00, 1, "CR0" },
	{ 0x6C02, 1, "CR3" },
	{ 0x6C04, 1, "CR4" },
	{ 0x6C06, 1, "FS base" },
	{ 0x6C08, 1, "GS base" },
	{ 0x6C0A, 1, "TR base" },
	{ 0x6C0C, 1, "GDTR base" },
	{ 0x6C0E, 1, "IDTR base" },
	{ 0x6C10, 1, "IA32_SYSENTER_ESP" },
	{ 0x6C12, 1, "IA32_SYSENTER_EIP" },
	{ 0x6C14, 1, "RSP" },
	{ 0x6C16, 1, "RIP" },
	{ 0x6C18, 1, "IA32_S_CET" },
	{ 0x6C1A, 1, "SSP" },
	{ 0x6C1C, 1, "IA32_INTERRUPT_SSP_TABLE_ADDR" },
};

static const char segments[SEG_COUNT][5] = { "ES", "CS", "SS", "DS", "FS", "GS", "LDTR", "TR" };
static const char groups[VMCS_GROUP_COUNT][8] = { "control", "exit", "guest", "host" };
static const char owners[VMCS_GROUP_COUNT][8] = { "", "", "Guest ", "Host " };
/* clang-format on */

const char *vmcs_group_text(enum vmcs_group group)
{
	return groups[group];
}

static uint16_t encoding_in(const struct row *row, uint32_t place)
{
	return (uint16_t)(row->first + place * VMCS_SEGMENT_STEP);
}

static void write_name(const struct row *row, uint32_t place, struct vmcs_field_info *info)
{
	size_t used = format(info->name, sizeof(info->name), "%s", owners[info->group]);
	char *rest = &info->name[used];
	size_t size = sizeof(info->name) - used;

	/* A row of its own for each would repeat the eight registers four times. */
	if (row->name[0] == '%') {
		format(rest, size, row->name, segments[place]);
	} else {
		format(rest, size, row->name, place);
	}
}

bool vmcs_field_at(uint32_t index, struct vmcs_field_info *info)
{
	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		if (index < rows[i].count) {
			info->encoding = encoding_in(&rows[i], index);
			info->group = vmcs_field_group(info->encoding);
			write_name(&rows[i], index, info);
			return true;
		}
		index -= rows[i].count;
	}
	return false;
}

void vmcs_fields_each(vmcs_field_fn visit, void *context)
{
	uint32_t index = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		for (uint32_t place = 0; place < rows[i].count; place++) {
			visit(context, index++, encoding_in(&rows[i], place));
		}
	}
}

uint32_t vmcs_field_index(uint32_t encoding)
{
	uint32_t index = 0;

	for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
		uint32_t place = (encoding - rows[i].first) / VMCS_SEGMENT_STEP;

		if (encoding >= rows[i].first && place < rows[i].count && encoding % 2 == 0) {
			return index + place;
		}
		index += rows[i].count;
	}
	return VMCS_FIELDS_MAX;
}
