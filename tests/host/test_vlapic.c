/* SPDX-License-Identifier: Apache-2.0 */
/* test_vlapic.c: interrupts of a guest's I/O APIC on their way to its processors, and the way back of their ends. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/host/fake_vmcs.h"

#include "kernel/vlapic.c"

#include "tests/host/fake_lapic.h"

enum {
	COUNT = 2,
	PIN = 9,
	LEVEL = 0x61,
	EDGE = 0x71,
	ENTRY_LEVEL_BIT = 0x8000,
	APIC_ID_OF_1 = 5,
	INDEX = 0x10 + 2 * PIN,
};

static struct partition partition;
static struct vcpu vcpus[COUNT];
static struct cpu cpus[COUNT];
static uint8_t bitmaps[MSR_VIEWS];
static struct {
	unsigned ipis, calls;
	uint32_t to;
	uint8_t vector;
	struct vcpu *called;
} seen;

struct vcpu *partition_vcpu(const struct partition *of, uint32_t index)
{
	return of->vcpus[index];
}

uint32_t partition_vcpu_count(const struct partition *of)
{
	return of->vcpu_count;
}

void vcpu_call(struct vcpu *vcpu, enum vcpu_request request)
{
	vcpu->requests |= (uint32_t)request;
	seen.called = vcpu;
	seen.calls++;
}

void extint_rewired(struct vcpu *vcpu)
{
	(void)vcpu;
}

void lapic_send(uint32_t to, enum icr_mode mode, uint8_t vector)
{
	assert_int_equal(mode, ICR_FIXED);
	seen.to = to;
	seen.vector = vector;
	seen.ipis++;
}

void lapic_eoi(void)
{
	lapic_write(X2APIC_EOI, 0);
}

void vmx_fail(const char *what, uint64_t field)
{
	(void)field;
	fail_msg("%s", what);
	for (;;) {
	}
}

static void ioapic_write(uint8_t index, uint32_t value)
{
	vioapic_write(&partition.board.ioapic, 0x00, index);
	vioapic_write(&partition.board.ioapic, 0x10, value);
}

static bool remote_irr(void)
{
	return (vioapic_entry(&partition.board.ioapic, PIN) >> 14 & 1) != 0;
}

static void wire(bool level)
{
	vioapic_set_pin(&partition.board.ioapic, PIN, level);
}

static void route(uint32_t processor, uint32_t low)
{
	ioapic_write(INDEX + 1, processor << 24);
	ioapic_write(INDEX, low);
}

/* The run loop of vcpu.c, for the processor whose APIC fake_lapic is. */
static void serve(struct vcpu *vcpu)
{
	if ((vcpu->requests & VCPU_REQUEST_LEVEL) != 0) {
		vcpu->requests = 0;
		vlapic_take_levels(vcpu);
	}
}

static enum msr_view view(void)
{
	return (enum msr_view)(vmread(VMCS_MSR_BITMAP) - (uint64_t)bitmaps);
}

static void enable(struct vcpu *vcpu, bool enabled)
{
	assert_true(vlapic_write_reg(vcpu, X2APIC_SVR, enabled ? 0x1FF : 0xFF));
}

/* Both processors in @mode, enabled; the wire goes to the first. */
static void start_in(enum vlapic_mode mode)
{
	fake_lapic_start();
	memset(&seen, 0, sizeof(seen));
	memset(&partition, 0, sizeof(partition));
	partition.vcpu_count = COUNT;
	for (enum msr_view i = 0; i < MSR_VIEWS; i++) {
		partition.msr_bitmaps[i] = &bitmaps[i];
	}
	vioapic_init(&partition.board.ioapic, vlapic_message, &partition);
	for (uint32_t i = 0; i < COUNT; i++) {
		cpus[i].apic_id = i * APIC_ID_OF_1;
		vcpus[i] = (struct vcpu){ .id = i, .partition = &partition, .cpu = &cpus[i] };
		vcpus[i].apic.base = vlapic_mode_base(mode, i == 0);
		partition.vcpus[i] = &vcpus[i];
		vlapic_init(&vcpus[i]);
		vlapic_write_reg(&vcpus[i], X2APIC_SVR, 0x1FF);
	}
	route(0, ENTRY_LEVEL_BIT | LEVEL);
}

static int in_x2apic_mode(void **unused)
{
	(void)unused;
	start_in(VLAPIC_X2APIC);
	return 0;
}

static void edge_is_an_ipi_and_calls_nobody(void **unused)
{
	(void)unused;
	route(1, EDGE);
	wire(true);
	assert_int_equal(seen.calls, 0);
	assert_int_equal(seen.ipis, 1);
	assert_int_equal(seen.to, APIC_ID_OF_1);
	assert_int_equal(seen.vector, EDGE);
	assert_int_equal(view(), MSR_VIEW_X2APIC);
}

static void level_calls_its_receiver_and_is_no_ipi(void **unused)
{
	(void)unused;
	route(1, ENTRY_LEVEL_BIT | LEVEL);
	wire(true);
	assert_int_equal(seen.ipis, 0);
	assert_int_equal(fake_lapic.sent, 0);
	assert_int_equal(seen.calls, 1);
	assert_ptr_equal(seen.called, &vcpus[1]);
	assert_int_equal(vcpus[1].requests, VCPU_REQUEST_LEVEL);
	assert_int_equal(vcpus[0].requests, 0);
	serve(&vcpus[1]);
	assert_int_equal(fake_lapic.sent, 1);
	assert_int_equal(fake_lapic.sent_to_self, LEVEL);
	assert_false(vcpus[0].apic.has_levels);
}

static void ends_exit_until_the_level_is_ended(void **unused)
{
	(void)unused;
	wire(true);
	assert_int_equal(view(), MSR_VIEW_X2APIC);
	serve(&vcpus[0]);
	assert_int_equal(view(), MSR_VIEW_LEVEL);
	fake_lapic_accept();
	fake_lapic_request(EDGE);
	fake_lapic_accept();
	assert_true(vlapic_write_reg(&vcpus[0], X2APIC_EOI, 0));
	assert_true(remote_irr());
	assert_int_equal(view(), MSR_VIEW_LEVEL);
	wire(false);
	assert_true(vlapic_write_reg(&vcpus[0], X2APIC_EOI, 0));
	assert_false(remote_irr());
	assert_int_equal(view(), MSR_VIEW_X2APIC);
	assert_int_equal(fake_lapic.ended, 2);
	assert_int_equal(seen.calls, 1);
}

/* "WRMSR of a non-zero value causes #GP(0)" ("x2APIC Register Address Space"). */
static void end_with_a_value_faults_and_ends_nothing(void **unused)
{
	(void)unused;
	wire(true);
	serve(&vcpus[0]);
	fake_lapic_accept();
	assert_false(vlapic_write_reg(&vcpus[0], X2APIC_EOI, 1));
	assert_int_equal(fake_lapic.ended, 0);
	assert_int_equal(view(), MSR_VIEW_LEVEL);
}

static void wire_that_stays_up_comes_again_at_the_end(void **unused)
{
	(void)unused;
	wire(true);
	for (unsigned times = 1; times <= 3; times++) {
		serve(&vcpus[0]);
		assert_int_equal(fake_lapic.sent, times);
		fake_lapic_accept();
		wire(times != 3);
		assert_true(vlapic_write_reg(&vcpus[0], X2APIC_EOI, 0));
	}
	serve(&vcpus[0]);
	assert_int_equal(fake_lapic.sent, 3);
	assert_false(remote_irr());
	assert_int_equal(view(), MSR_VIEW_X2APIC);
}

/* "Local APIC State After It Has Been Software Disabled": held, and not lost. */
static void level_under_way_to_an_apic_that_is_disabled_comes_when_it_is_enabled(void **unused)
{
	(void)unused;
	wire(true);
	enable(&vcpus[0], false);
	serve(&vcpus[0]);
	assert_int_equal(fake_lapic.sent, 0);
	enable(&vcpus[0], true);
	assert_int_equal(fake_lapic.sent, 1);
	assert_int_equal(view(), MSR_VIEW_LEVEL);
}

static void init_forgets_what_is_under_way_and_what_is_served(void **unused)
{
	(void)unused;
	wire(true);
	serve(&vcpus[0]);
	wire(false);
	vioapic_eoi(&partition.board.ioapic, LEVEL);
	wire(true);
	vlapic_init(&vcpus[0]);
	enable(&vcpus[0], true);
	serve(&vcpus[0]);
	assert_int_equal(fake_lapic.sent, 1);
	assert_int_equal(view(), MSR_VIEW_X2APIC);
}

static void apic_that_is_switched_off_forgets_too(void **unused)
{
	(void)unused;
	wire(true);
	assert_true(vlapic_write_base(&vcpus[0], MSR_IA32_APIC_BASE,
				      APIC_BASE_ADDRESS | APIC_BASE_BSP));
	assert_int_equal(view(), MSR_VIEW_NO_X2APIC);
	assert_true(vlapic_write_base(&vcpus[0], MSR_IA32_APIC_BASE,
				      vlapic_mode_base(VLAPIC_XAPIC, true)));
	vlapic_mmio_write(&vcpus[0], APIC_BASE_ADDRESS + 0xF0, 4, 0x1FF);
	serve(&vcpus[0]);
	assert_int_equal(fake_lapic.sent, 0);
}

static uint64_t page(uint32_t offset)
{
	return vlapic_mmio_read(&vcpus[0], APIC_BASE_ADDRESS + offset, 4);
}

static void level_ends_in_the_page_of_an_xapic_too(void **unused)
{
	(void)unused;
	start_in(VLAPIC_XAPIC);
	wire(true);
	serve(&vcpus[0]);
	assert_int_equal(view(), MSR_VIEW_NO_X2APIC);
	assert_int_equal(page(0x180 + LEVEL / 32 * 0x10), 1u << LEVEL % 32);
	fake_lapic_accept();
	vlapic_mmio_write(&vcpus[0], APIC_BASE_ADDRESS + 0xB0, 4, 0);
	assert_int_equal(fake_lapic.ended, 1);
	assert_int_equal(vcpus[0].requests, VCPU_REQUEST_LEVEL);
	assert_int_equal(view(), MSR_VIEW_NO_X2APIC);
}

/* It is the same APIC, and the same interrupt. */
static void level_that_an_xapic_serves_can_be_ended_in_x2apic_mode(void **unused)
{
	(void)unused;
	start_in(VLAPIC_XAPIC);
	wire(true);
	serve(&vcpus[0]);
	fake_lapic_accept();
	assert_true(vlapic_write_base(&vcpus[0], MSR_IA32_APIC_BASE,
				      vlapic_mode_base(VLAPIC_X2APIC, true)));
	assert_int_equal(view(), MSR_VIEW_LEVEL);
	wire(false);
	assert_true(vlapic_write_reg(&vcpus[0], X2APIC_EOI, 0));
	assert_false(remote_irr());
	assert_int_equal(view(), MSR_VIEW_X2APIC);
}

int main(void)
{
#define X2(name) cmocka_unit_test_setup(name, in_x2apic_mode)
	const struct CMUnitTest tests[] = {
		X2(edge_is_an_ipi_and_calls_nobody),
		X2(level_calls_its_receiver_and_is_no_ipi),
		X2(ends_exit_until_the_level_is_ended),
		X2(end_with_a_value_faults_and_ends_nothing),
		X2(wire_that_stays_up_comes_again_at_the_end),
		X2(level_under_way_to_an_apic_that_is_disabled_comes_when_it_is_enabled),
		X2(init_forgets_what_is_under_way_and_what_is_served),
		X2(apic_that_is_switched_off_forgets_too),
		X2(level_ends_in_the_page_of_an_xapic_too),
		X2(level_that_an_xapic_serves_can_be_ended_in_x2apic_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
