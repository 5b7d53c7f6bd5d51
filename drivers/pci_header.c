/* SPDX-License-Identifier: Apache-2.0 */
/* pci_header.c: what the header of a PCI function says. */
#include "drivers/pci.h"

enum { NO_VENDOR = 0xFFFF, ANY = 0xFF };

bool pci_decode(const uint32_t words[PCI_HEADER_WORDS], struct pci_header *header)
{
	*header = (struct pci_header){
		.vendor = (uint16_t)words[0],
		.device = (uint16_t)(words[0] >> 16),
		.class_code = (uint8_t)(words[2] >> 24),
		.subclass = (uint8_t)(words[2] >> 16),
		.interface = (uint8_t)(words[2] >> 8),
		.layout = words[3] >> 16 & 0x7F,
		.many_functions = (words[3] >> 23 & 1) != 0,
	};
	/* No chip has vendor 0; broken ones answer so. */
	return header->vendor != NO_VENDOR && header->vendor != 0;
}

/* Inline texts, not pointers: a pointer costs a relocation on top. */
struct class_name {
	uint8_t class_code;
	uint8_t subclass;
	char text[22];
};

/* The first that fits: a class's subclasses stand above the class itself. */
static const struct class_name names[] = {
	{ 0x01, 0x01, "IDE controller" },
	{ 0x01, 0x04, "RAID controller" },
	{ 0x01, 0x06, "SATA controller" },
	{ 0x01, 0x07, "SAS controller" },
	{ 0x01, 0x08, "NVMe controller" },
	{ 0x01, ANY, "storage controller" },
	{ 0x02, 0x00, "Ethernet controller" },
	{ 0x02, ANY, "network controller" },
	{ 0x03, 0x00, "VGA controller" },
	{ 0x03, ANY, "display controller" },
	{ 0x04, ANY, "multimedia device" },
	{ 0x05, ANY, "memory controller" },
	{ 0x06, 0x00, "host bridge" },
	{ 0x06, 0x01, "ISA bridge" },
	{ 0x06, 0x04, "PCI bridge" },
	{ 0x06, ANY, "bridge" },
	{ 0x07, 0x00, "serial port" },
	{ 0x07, ANY, "communication device" },
	{ 0x08, 0x00, "interrupt controller" },
	{ 0x08, 0x06, "IOMMU" },
	{ 0x08, ANY, "system peripheral" },
	{ 0x09, ANY, "input device" },
	{ 0x0B, ANY, "processor" },
	{ 0x0C, 0x03, "USB controller" },
	{ 0x0C, 0x05, "SMBus controller" },
	{ 0x0C, ANY, "serial bus controller" },
	{ 0x0D, ANY, "wireless controller" },
	{ 0x10, ANY, "encryption device" },
	{ 0x11, ANY, "signal processor" },
	{ 0x12, ANY, "accelerator" },
};

const char *pci_class_text(const struct pci_header *header)
{
	for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
		if (names[i].class_code == header->class_code &&
		    (names[i].subclass == header->subclass || names[i].subclass == ANY)) {
			return names[i].text;
		}
	}
	return "other";
}
