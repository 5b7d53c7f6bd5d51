/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_pci.c: the command that lists the machine's PCI functions. */
#include "drivers/pci.h"
#include "kernel/monitor/command.h"
#include "kernel/monitor/view.h"

/* What the step remembers: names for run->at[]. */
enum { AT_PLACE }; /* bus and device that are looked at next */

/* Places looked at in one step, as long as they are empty. */
enum { PLACES_A_STEP = PCI_DEVICES };

static void view_function(struct pci_address at, const struct pci_header *header)
{
	view_object(NULL);
	view_format("address", -7, "%02x:%02x.%u", at.bus, at.device, at.function);
	view_format("vendor", 6, "0x%04x", header->vendor);
	view_format("device", 6, "0x%04x", header->device);
	view_format("class", 8, "0x%02x%02x%02x", header->class_code, header->subclass,
		    header->interface);
	view_text("kind", -22, pci_class_text(header));
	view_text("owner", 0, "nobody");
	view_object_end();
}

/* Return: whether there is a device. */
static bool view_device(struct pci_address at)
{
	struct pci_header header;

	if (!pci_look(at, &header)) {
		return false;
	}
	view_function(at, &header);
	bool many = header.many_functions;
	for (at.function = 1; many && at.function < PCI_FUNCTIONS; at.function++) {
		if (pci_look(at, &header)) {
			view_function(at, &header);
		}
	}
	return true;
}

static bool pci_list(struct command_run *run)
{
	if (run->at[AT_PLACE] == 0) {
		view_list(NULL);
	}
	for (unsigned i = 0; i < PLACES_A_STEP; i++) {
		uint64_t place = run->at[AT_PLACE]++;
		struct pci_address at = { (uint8_t)(place / PCI_DEVICES),
					  (uint8_t)(place % PCI_DEVICES), 0 };

		if (view_device(at)) {
			break;
		}
		if (run->at[AT_PLACE] == PCI_BUSES * PCI_DEVICES) {
			return true;
		}
	}
	return run->at[AT_PLACE] == PCI_BUSES * PCI_DEVICES;
}

/* clang-format off */
static const struct command pci_commands[] = {
	{ "pci list", "", "PCI functions of the machine, and who owns them", "", COMMAND_JSON,
	  pci_list },
};
/* clang-format on */

const struct command_group command_group_pci = { "PCI", pci_commands, ARRAY_COUNT(pci_commands) };
