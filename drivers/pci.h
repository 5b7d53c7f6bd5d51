/* SPDX-License-Identifier: Apache-2.0 */
/* pci.h: the machine's PCI functions, looked at through ports CF8H and CFCH. */
#pragma once

#include "kernel/lib/types.h"

enum { PCI_BUSES = 256, PCI_DEVICES = 32, PCI_FUNCTIONS = 8 };

/** struct pci_address - a function's address in segment 0. */
struct pci_address {
	uint8_t bus;
	uint8_t device;   /* 0 to 31 */
	uint8_t function; /* 0 to 7 */
};

/** struct pci_header - the start of a function's configuration space. */
struct pci_header {
	uint16_t vendor;
	uint16_t device;
	uint8_t class_code;
	uint8_t subclass;
	uint8_t interface;
	uint8_t layout;      /* 0 device, 1 bridge, 2 CardBus bridge */
	bool many_functions; /* of function 0: there may be others */
};

/** PCI_HEADER_WORDS - words of 32 bits that pci_decode() looks at. */
enum { PCI_HEADER_WORDS = 4 };

/**
 * pci_decode() - what the first words of a configuration space say; pure.
 *
 * Return: whether there is a function. Source: PCI Local Bus Specification 3.0, "Configuration Space Organization".
 */
bool pci_decode(const uint32_t words[PCI_HEADER_WORDS], struct pci_header *header);

/** pci_class_text() - the kind of function in words; pure. Source: PCI Code and ID Assignment Specification. */
const char *pci_class_text(const struct pci_header *header);

/** pci_read() - the word at @offset, a multiple of 4 below 256. On the monitor's processor alone: two ports are used. */
uint32_t pci_read(struct pci_address at, uint8_t offset);

/** pci_look() - read the header of a function. Return: whether there is one. */
bool pci_look(struct pci_address at, struct pci_header *header);
