/* SPDX-License-Identifier: Apache-2.0 */
/* pci.c: reads PCI configuration space (PCI Local Bus Specification 3.0, "Configuration Mechanism #1"). */
#include "drivers/pci.h"

#include "arch/cpu/insn.h"

enum { CONFIG_ADDRESS = 0xCF8, CONFIG_DATA = 0xCFC };

#define CONFIG_ENABLE ((uint32_t)1 << 31)

uint32_t pci_read(struct pci_address at, uint8_t offset)
{
	out32(CONFIG_ADDRESS, CONFIG_ENABLE | (uint32_t)at.bus << 16 | (uint32_t)at.device << 11 |
				      (uint32_t)at.function << 8 | (offset & 0xFCu));
	return in32(CONFIG_DATA);
}

bool pci_look(struct pci_address at, struct pci_header *header)
{
	uint32_t words[PCI_HEADER_WORDS] = { pci_read(at, 0) };

	/* Most places are empty: one read says so. */
	for (uint8_t i = 1; i < PCI_HEADER_WORDS && (words[0] & 0xFFFF) != 0xFFFF; i++) {
		words[i] = pci_read(at, (uint8_t)(4 * i));
	}
	return pci_decode(words, header);
}
