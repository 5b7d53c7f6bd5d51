/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_irq.c: the command that shows interrupt inputs: the machine's, or a guest's. */
#include "arch/cpu/exception.h"
#include "arch/cpu/insn.h"
#include "drivers/ioapic.h"
#include "kernel/inspect.h"
#include "kernel/monitor/cmd_guest.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/view.h"
#include "kernel/partition.h"

/* What the steps remember: names for run->at[]. */
enum { AT_STARTED, AT_IOAPIC, AT_PIN };

/* Mask registers of the 8259s. */
enum { PIC_MASTER_MASK = 0x21, PIC_SLAVE_MASK = 0xA1, PINS_A_STEP = 32 };

/* Room for a word each; a pointer would cost a relocation on top. */
static const char delivery_words[8][8] = { "fixed", "lowest", "SMI", "?",
					   "NMI",   "INIT",   "?",   "ExtINT" };

static void view_pin(uint32_t gsi, uint32_t pin, const struct ioapic_entry *entry, const char *who)
{
	view_object(NULL);
	view_number("gsi", 3, gsi);
	view_number("pin", 3, pin);
	view_format("vector", 6, "0x%02x", entry->vector);
	view_text("delivery", -8, delivery_words[entry->delivery]);
	view_number("destination", 11, entry->destination);
	view_bool("logical", -7, entry->logical);
	view_bool("masked", -6, entry->masked);
	view_text("trigger", -7, entry->level ? "level" : "edge");
	view_text("polarity", -8, entry->active_low ? "low" : "high");
	view_text("who", 0, who);
	view_object_end();
}

static void view_masks(uint8_t master, uint8_t slave)
{
	view_list_end();
	view_object("pic_masks");
	view_format("master", 0, "0x%02x", master);
	view_format("slave", 0, "0x%02x", slave);
	view_object_end();
}

static const char *who_hears(const struct ioapic_entry *entry)
{
	if (entry->masked) {
		return "nobody";
	}
	return entry->vector == VECTOR_MONITOR_UART ? "monitor" : "unknown";
}

/* Some pins of one I/O APIC a step: its registers are slow. */
static bool list_machine(struct command_run *run)
{
	const struct boot_info *info = inspect_boot();

	while (run->at[AT_IOAPIC] < info->ioapic_count) {
		const struct boot_ioapic *ioapic = &info->ioapics[run->at[AT_IOAPIC]];
		uint32_t pins = ioapic_pins(ioapic->base);
		uint32_t pin = (uint32_t)run->at[AT_PIN];

		for (uint32_t i = 0; i < PINS_A_STEP && pin < pins; i++, pin++) {
			struct ioapic_entry entry = ioapic_read(ioapic->base, pin);

			view_pin(ioapic->gsi_base + pin, pin, &entry, who_hears(&entry));
		}
		run->at[AT_PIN] = pin;
		if (pin < pins) {
			return false;
		}
		run->at[AT_PIN] = 0;
		run->at[AT_IOAPIC]++;
	}
	view_masks(in8(PIC_MASTER_MASK), in8(PIC_SLAVE_MASK));
	return true;
}

/* What the pins of a guest's board are wired to: vplatform.c. */
static const char *who_drives(uint32_t pin)
{
	static const struct {
		uint8_t pin;
		char who[7];
	} wires[] = { { VPLATFORM_GSI_TIMER, "timer" },
		      { VPLATFORM_GSI_COM1, "COM1" },
		      { VPLATFORM_GSI_RTC, "RTC" },
		      { VPM_SCI_GSI, "ACPI" } };

	for (size_t i = 0; i < ARRAY_COUNT(wires); i++) {
		if (wires[i].pin == pin) {
			return wires[i].who;
		}
	}
	return "nobody";
}

static void list_guest(struct partition *partition)
{
	uint64_t entries[VIOAPIC_PINS];

	spinlock_acquire(&partition->device_lock);
	for (uint32_t pin = 0; pin < VIOAPIC_PINS; pin++) {
		entries[pin] = vioapic_entry(&partition->board.ioapic, pin);
	}
	uint8_t master = partition->board.pic.master.imr;
	uint8_t slave = partition->board.pic.slave.imr;
	spinlock_release(&partition->device_lock);

	for (uint32_t pin = 0; pin < VIOAPIC_PINS; pin++) {
		struct ioapic_entry entry = ioapic_decode(entries[pin]);

		view_pin(pin, pin, &entry, who_drives(pin));
	}
	view_masks(master, slave);
}

static bool irq_list(struct command_run *run)
{
	struct partition *partition = NULL;

	if (run->at[AT_STARTED]++ == 0) {
		if (run->argc > 0) {
			partition = guest_from_argument(run, run->argv[0]);
			if (partition == NULL) {
				return true;
			}
		}
		view_object(NULL);
		view_list("pins");
	}
	if (partition != NULL) {
		list_guest(partition);
		return true;
	}
	return list_machine(run);
}

/* clang-format off */
static const struct command irq_commands[] = {
	{ "irq list", "[NAME]", "interrupt inputs of the machine, or of a guest", "irq list linux",
	  COMMAND_JSON, irq_list },
};
/* clang-format on */

const struct command_group command_group_irq = { "Interrupts", irq_commands,
						 ARRAY_COUNT(irq_commands) };
