/* SPDX-License-Identifier: Apache-2.0 */
/* vmcs_setup.c: fills the current VMCS. */
#include "arch/vmx/vmcs_setup.h"

#include "arch/cpu/insn.h"
#include "arch/cpu/msr.h"
#include "arch/cpu/regs.h"

#define NO_LINK UINT64_MAX

/*
 * #MC is the machine's business. #AC and #DB: a guest can make their delivery raise the next one for ever inside
 * one instruction, and then no NMI gets through (CVE-2015-5307, CVE-2015-8104).
 */
#define EXCEPTIONS (1u << VECTOR_MC | 1u << VECTOR_AC | 1u << VECTOR_DB)

static void setup_controls(const struct vmcs_setup *s)
{
	vmwrite(VMCS_PIN_CONTROLS, s->controls->word[CONTROLS_PIN]);
	vmwrite(VMCS_PROC_CONTROLS, s->controls->word[CONTROLS_PROC]);
	vmwrite(VMCS_PROC_CONTROLS2, s->controls->word[CONTROLS_PROC2]);
	vmwrite(VMCS_EXIT_CONTROLS, s->controls->word[CONTROLS_EXIT]);
	vmwrite(VMCS_ENTRY_CONTROLS, s->controls->word[CONTROLS_ENTRY]);
	vmwrite(VMCS_EXCEPTION_BITMAP, EXCEPTIONS);
	vmwrite(VMCS_PAGE_FAULT_MASK, 0);
	vmwrite(VMCS_PAGE_FAULT_MATCH, 0);
	vmwrite(VMCS_CR3_TARGET_COUNT, 0);
	vmwrite(VMCS_EXIT_MSR_STORE_COUNT, 0);
	vmwrite(VMCS_EXIT_MSR_LOAD_COUNT, 0);
	vmwrite(VMCS_ENTRY_MSR_LOAD_COUNT, 0);
	vmwrite(VMCS_IO_BITMAP_A, (uint64_t)s->io_bitmaps);
	vmwrite(VMCS_IO_BITMAP_B, (uint64_t)s->io_bitmaps + PAGE_SIZE);
	vmwrite(VMCS_MSR_BITMAP, (uint64_t)s->msr_bitmap);
	if ((s->controls->word[CONTROLS_PROC2] & PROC2_XSAVES) != 0) {
		vmwrite(VMCS_XSS_EXITING_BITMAP, 0);
	}
	vmwrite(VMCS_EPT_POINTER, s->ept_pointer);
	vmwrite(VMCS_VPID, s->vpid);
	vmwrite(VMCS_LINK_POINTER, NO_LINK);
	vmwrite(VMCS_CR0_MASK, VMCS_CR0_OWNED);
	vmwrite(VMCS_CR4_MASK, ~s->cr4_guest);
}

/* Nothing counts in the hypervisor. */
static void setup_counters(const struct controls *controls)
{
	if ((controls->word[CONTROLS_ENTRY] & ENTRY_LOAD_PERF_GLOBAL) != 0) {
		vmwrite(VMCS_GUEST_PERF_GLOBAL_CTRL, 0);
	}
	if ((controls->word[CONTROLS_EXIT] & EXIT_LOAD_PERF_GLOBAL) != 0) {
		vmwrite(VMCS_HOST_PERF_GLOBAL_CTRL, 0);
	}
}

static void setup_host(const struct vmcs_setup *s)
{
	vmwrite(VMCS_HOST_ES_SELECTOR, SELECTOR_DATA);
	vmwrite(VMCS_HOST_CS_SELECTOR, SELECTOR_CODE);
	vmwrite(VMCS_HOST_SS_SELECTOR, SELECTOR_DATA);
	vmwrite(VMCS_HOST_DS_SELECTOR, SELECTOR_DATA);
	vmwrite(VMCS_HOST_FS_SELECTOR, 0);
	vmwrite(VMCS_HOST_GS_SELECTOR, 0);
	vmwrite(VMCS_HOST_TR_SELECTOR, SELECTOR_TSS);
	vmwrite(VMCS_HOST_CR0, read_cr0());
	vmwrite(VMCS_HOST_CR3, s->host_cr3);
	vmwrite(VMCS_HOST_CR4, read_cr4());
	vmwrite(VMCS_HOST_PAT, rdmsr(MSR_IA32_PAT));
	vmwrite(VMCS_HOST_EFER, rdmsr(MSR_IA32_EFER));
	vmwrite(VMCS_HOST_FS_BASE, 0);
	vmwrite(VMCS_HOST_GS_BASE, (uint64_t)s->cpu);
	vmwrite(VMCS_HOST_TR_BASE, (uint64_t)&s->cpu->tss);
	vmwrite(VMCS_HOST_GDTR_BASE, (uint64_t)s->cpu->gdt);
	vmwrite(VMCS_HOST_IDTR_BASE, exception_idt());
	vmwrite(VMCS_HOST_SYSENTER_CS, 0);
	vmwrite(VMCS_HOST_SYSENTER_ESP, 0);
	vmwrite(VMCS_HOST_SYSENTER_EIP, 0);
	vmwrite(VMCS_HOST_RIP, (uint64_t)vmx_exit);
}

void vmcs_setup(const struct vmcs_setup *setup)
{
	setup_controls(setup);
	setup_counters(setup->controls);
	setup_host(setup);
}

struct segment {
	uint16_t selector;
	uint32_t access;
	uint32_t limit;
	uint64_t base;
};

static void set_segment(enum vmcs_segment segment, const struct segment *s)
{
	uint32_t step = (uint32_t)segment * VMCS_SEGMENT_STEP;

	vmwrite((enum vmcs_field)(VMCS_GUEST_ES_SELECTOR + step), s->selector);
	vmwrite((enum vmcs_field)(VMCS_GUEST_ES_ACCESS + step), s->access);
	vmwrite((enum vmcs_field)(VMCS_GUEST_ES_LIMIT + step), s->limit);
	vmwrite((enum vmcs_field)(VMCS_GUEST_ES_BASE + step), s->base);
}

static void set_data_segments(const struct segment *data)
{
	static const enum vmcs_segment segments[] = { SEG_ES, SEG_SS, SEG_DS, SEG_FS, SEG_GS };

	for (unsigned i = 0; i < ARRAY_COUNT(segments); i++) {
		set_segment(segments[i], data);
	}
}

static void reset_segments(void)
{
	static const struct segment code = { 0xF000, ACCESS_CODE_REAL, 0xFFFF, 0xFFFF0000 };
	static const struct segment data = { 0, ACCESS_DATA_REAL, 0xFFFF, 0 };
	static const struct segment ldt = { 0, ACCESS_LDT, 0xFFFF, 0 };
	static const struct segment tss = { 0, ACCESS_TSS_BUSY, 0xFFFF, 0 };

	set_segment(SEG_CS, &code);
	set_data_segments(&data);
	set_segment(SEG_LDTR, &ldt);
	set_segment(SEG_TR, &tss);
	vmwrite(VMCS_GUEST_GDTR_BASE, 0);
	vmwrite(VMCS_GUEST_GDTR_LIMIT, 0xFFFF);
	vmwrite(VMCS_GUEST_IDTR_BASE, 0);
	vmwrite(VMCS_GUEST_IDTR_LIMIT, 0xFFFF);
}

void vmcs_set_cr0(uint64_t value)
{
	vmwrite(VMCS_GUEST_CR0, (value & ~VMCS_CR0_OWNED) | CR0_NE | CR0_ET);
	vmwrite(VMCS_CR0_SHADOW, value);
}

void vmcs_set_cr4(uint64_t value)
{
	vmwrite(VMCS_GUEST_CR4, value | VMCS_CR4_FORCED);
	vmwrite(VMCS_CR4_SHADOW, value);
}

static void set_long_mode(bool on)
{
	uint64_t entry = vmread(VMCS_ENTRY_CONTROLS) & ~(uint64_t)ENTRY_IA32E_GUEST;

	vmwrite(VMCS_ENTRY_CONTROLS, entry | (on ? ENTRY_IA32E_GUEST : 0));
	vmwrite(VMCS_GUEST_EFER, on ? EFER_LME | EFER_LMA : 0);
}

void vmcs_clear_msrs(void)
{
	vmwrite(VMCS_GUEST_PAT, MSR_IA32_PAT_RESET);
	vmwrite(VMCS_GUEST_SYSENTER_CS, 0);
	vmwrite(VMCS_GUEST_SYSENTER_ESP, 0);
	vmwrite(VMCS_GUEST_SYSENTER_EIP, 0);
}

void vmcs_reset_guest(void)
{
	reset_segments();
	set_long_mode(false);
	vmcs_set_cr0(CR0_CD | CR0_NW | CR0_ET);
	vmcs_set_cr4(0);
	vmwrite(VMCS_GUEST_CR3, 0);
	vmwrite(VMCS_GUEST_DEBUGCTL, 0);
	vmwrite(VMCS_GUEST_DR7, DR7_INIT);
	vmwrite(VMCS_GUEST_RSP, 0);
	vmwrite(VMCS_GUEST_RIP, 0xFFF0);
	vmwrite(VMCS_GUEST_RFLAGS, RFLAGS_FIXED);
	vmwrite(VMCS_GUEST_INTERRUPTIBILITY, 0);
	vmwrite(VMCS_GUEST_ACTIVITY, 0);
	vmwrite(VMCS_GUEST_PENDING_DEBUG, 0);
	vmwrite(VMCS_ENTRY_INTERRUPTION, 0);
}

void vmcs_set_sipi(uint8_t vector)
{
	struct segment code = { (uint16_t)(vector << 8), ACCESS_CODE_REAL, 0xFFFF,
				(uint64_t)vector << PAGE_SHIFT };

	set_segment(SEG_CS, &code);
	vmwrite(VMCS_GUEST_RIP, 0);
}

void vmcs_set_flat(const struct vmcs_flat *flat)
{
	struct segment code = { 0x10, flat->long_mode ? ACCESS_CODE64 : ACCESS_CODE32, UINT32_MAX,
				0 };
	struct segment data = { 0x18, ACCESS_DATA32, UINT32_MAX, 0 };

	set_segment(SEG_CS, &code);
	set_data_segments(&data);
	vmwrite(VMCS_GUEST_GDTR_BASE, flat->gdt_base);
	vmwrite(VMCS_GUEST_GDTR_LIMIT, flat->gdt_limit);
	set_long_mode(flat->long_mode);
	vmcs_set_cr4(flat->long_mode ? CR4_PAE : 0);
	vmwrite(VMCS_GUEST_CR3, flat->cr3);
	vmcs_set_cr0(CR0_PE | CR0_ET | CR0_NE | (flat->long_mode ? CR0_PG : 0));
	vmwrite(VMCS_GUEST_RIP, flat->rip);
	vmwrite(VMCS_GUEST_RSP, flat->rsp);
}

void vmcs_set_real(uint64_t rip, uint64_t rsp)
{
	uint8_t vector = rip < 64 * KIB ? 0 : (uint8_t)(rip / PAGE_SIZE);

	vmcs_set_sipi(vector);
	vmwrite(VMCS_GUEST_RIP, rip - vector * PAGE_SIZE);
	vmwrite(VMCS_GUEST_RSP, rsp);
}
