/* SPDX-License-Identifier: Apache-2.0 */
/* housekeeper.c: the loop of the monitor's processor. */
#include "kernel/housekeeper.h"

#include "arch/cpu/exception.h"
#include "arch/cpu/insn.h"
#include "arch/cpu/lapic.h"
#include "drivers/ioapic.h"
#include "drivers/uart16550.h"
#include "kernel/clock.h"
#include "kernel/lib/log.h"
#include "kernel/main.h"
#include "kernel/memory.h"
#include "kernel/monitor/monitor.h"
#include "kernel/monitor/room.h"
#include "kernel/partition.h"
#include "kernel/processors.h"
#include "kernel/stages.h"

enum {
	/* The longest sleep: what nobody announces (a guest's output, a line in the log) is seen by then. */
	SLEEP_NS_MAX = 10000000,
	SLEEP_NS_MIN = 20000,
	ISA_COM1 = 4,
	ISA_COM2 = 3,
	TIMER_DIVIDER = 16,
};

static volatile bool woken;
static bool
	shared; /* a guest lives on this processor too: no interrupts for us, called by its exits */

static void on_timer_or_wake(struct exception_frame *frame)
{
	(void)frame;
	woken = true;
	lapic_eoi();
}

static void on_uart(struct exception_frame *frame)
{
	(void)frame;
	monitor_uart_interrupt();
	woken = true;
	lapic_eoi();
}

static void on_spurious(struct exception_frame *frame)
{
	(void)frame; /* no EOI: a spurious interrupt has no in-service bit */
}

uint16_t housekeeper_port(const struct config_monitor *monitor)
{
	switch (monitor->console) {
	case CONFIG_CONSOLE_COM1:
		return UART_PORT_COM1;
	case CONFIG_CONSOLE_COM2:
		return UART_PORT_COM2;
	case CONFIG_CONSOLE_NONE:
		return 0;
	}
	return 0;
}

/* Without its interrupt the line still works, at the pace of the timer. */
static void route_uart(const struct boot_info *info)
{
	uint32_t irq = info->config.monitor.console == CONFIG_CONSOLE_COM2 ? ISA_COM2 : ISA_COM1;
	const struct boot_gsi *wire = &info->isa[irq];

	for (uint32_t i = 0; i < info->ioapic_count; i++) {
		const struct boot_ioapic *ioapic = &info->ioapics[i];
		struct ioapic_route route = {
			.pin = wire->gsi - ioapic->gsi_base,
			.vector = VECTOR_MONITOR_UART,
			.apic_id = (uint8_t)cpu_this()->apic_id,
			.level = wire->level,
			.active_low = wire->active_low,
		};

		/* An entry has 8 bits for the destination, and FFH is everybody. */
		bool reachable = cpu_this()->apic_id < UINT8_MAX;

		if (reachable && wire->gsi >= ioapic->gsi_base &&
		    ioapic_route(ioapic->base, &route) == OK) {
			return;
		}
	}
	log_warning("the serial port's interrupt cannot be routed: it is polled");
}

static void start_interrupts(const struct boot_info *info)
{
	exception_set(VECTOR_MONITOR_TIMER, on_timer_or_wake);
	exception_set(VECTOR_MONITOR_WAKE, on_timer_or_wake);
	exception_set(VECTOR_MONITOR_UART, on_uart);
	exception_set(VECTOR_SPURIOUS, on_spurious);
	lapic_accept(VECTOR_SPURIOUS);
	if (housekeeper_port(&info->config.monitor) != 0) {
		route_uart(info);
	}
}

static void start_monitor(const struct boot_info *info)
{
	struct monitor_setup setup = {
		.room = memory_pages(align_up(sizeof(struct monitor_room), PAGE_SIZE) / PAGE_SIZE),
		.config = &info->config.monitor,
		.uart_port = housekeeper_port(&info->config.monitor),
		.uart_speed = info->config.monitor.speed,
		.version = kernel_version(),
	};

	monitor_init(&setup);
}

/* Once, when the last guest has executed its first instruction. */
static void log_start(void)
{
	static bool logged;
	uint64_t last = 0;

	if (logged || !partitions_settled()) {
		return;
	}
	logged = true;
	for (uint32_t i = 0; i < partition_count(); i++) {
		last = max_u64(last, partition_at(i)->entered_tsc);
	}
	stages_done_at(BOOT_STAGE_LAST_GUEST, last);
	stages_log();
}

static void arm_timer(uint64_t now, uint64_t next)
{
	uint64_t sleep = next > now ? next - now : 0;

	sleep = max_u64(min_u64(sleep, SLEEP_NS_MAX), SLEEP_NS_MIN);
	lapic_timer_once(
		VECTOR_MONITOR_TIMER,
		(uint32_t)(sleep * (processors_lapic_hz() / TIMER_DIVIDER / 1000) / 1000000 + 1));
}

void housekeeper_start(const struct boot_info *info)
{
	shared = info->plan.monitor_shared;
	start_monitor(info);
	if (shared) {
		/* The interrupts of this processor are the guest's: nothing of ours may be sent to it. */
		log_warning("the monitor shares processor %u with a guest: that guest is stopped "
			    "for it %u "
			    "times a second, and is not exitless there",
			    info->plan.monitor_cpu, 1000000000 / HOUSEKEEPER_SHARED_NS);
	} else {
		start_interrupts(info);
	}
}

uint64_t housekeeper_step(bool *busy)
{
	uint64_t next = partitions_poll(clock_ns());

	*busy = monitor_poll();
	log_start();
	return next;
}

void housekeeper_wake(void)
{
	if (!shared) {
		lapic_send(processor(0)->apic_id, ICR_FIXED, VECTOR_MONITOR_WAKE);
	}
}

_Noreturn void housekeeper_run(void)
{
	partitions_autostart();
	if (shared) {
		vcpu_main(cpu_this()->vcpu);
	}
	for (;;) {
		bool busy;

		woken = false;
		interrupts_enable();
		uint64_t next = housekeeper_step(&busy);
		interrupts_disable();
		if (!busy && !woken) {
			arm_timer(clock_ns(), next);
			interrupts_wait();
		}
	}
}
