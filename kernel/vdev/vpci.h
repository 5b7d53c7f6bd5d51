/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vpci.h: a guest's PCI configuration space, with a host bridge and nothing else: behind ports 0xCF8 and 0xCFC,
 * and as memory (ECAM). For firmware, with the chipset of vpiix.h and by ports alone.
 *
 * Source: PCI Local Bus Specification 3.0, "Software Generation of Configuration Transactions" and
 * "Configuration Space Organization"; PCI Express Base Specification 3.0, "PCI Express Enhanced Configuration Access
 * Mechanism (ECAM)"; PCI Firmware Specification 3.0, "MCFG Table Description".
 */
#pragma once

#include "kernel/vdev/vpiix.h"
#include "kernel/vdev/vplatform_access.h"

/* Where it is in memory: 1 MiB a bus, and bus 0 is the only one. Also in dsdt.asl. */
#define VPCI_ECAM_BASE  0xE0000000U
#define VPCI_ECAM_BYTES 0x00100000U

enum {
	VPCI_PORT_ADDRESS = 0xCF8,
	VPCI_PORT_DATA = 0xCFC,
	VPCI_PORT_LAST = 0xCFF,
};

/** struct vpci - as after power-on when zeroed. */
struct vpci {
	uint32_t address; /* CONFIG_ADDRESS */
	bool has_chipset; /* vpci_add_chipset() was called */
	struct vpiix chipset;
};

/** vpci_add_chipset() - firmware's chipset in place of the host bridge, as after power-on. */
void vpci_add_chipset(struct vpci *pci);

/** vpci_pm_base() - where the chipset has been told to show the power-management ports; 0 for nowhere. */
uint16_t vpci_pm_base(const struct vpci *pci);

/**
 * vpci_read() - read CONFIG_ADDRESS or CONFIG_DATA.
 * @access: within VPCI_PORT_ADDRESS to VPCI_PORT_LAST
 *
 * Return: the value, zero-extended; all ones where there is no function, and for an access that is none of
 * configuration space: narrower than 4 bytes at CONFIG_ADDRESS, or across the border of the two.
 */
uint32_t vpci_read(const struct vpci *pci, const struct vplatform_access *access);

/** vpci_write() - write likewise. No register of the host bridge that stands alone can be changed. */
void vpci_write(struct vpci *pci, const struct vplatform_access *access);

/**
 * vpci_ecam_read() - read configuration space as memory, of a board without firmware's chipset.
 * @offset: below VPCI_ECAM_BYTES
 * @bytes:  1, 2, 4 or 8
 *
 * Return: the value, zero-extended; all ones where there is no function, and for an access that is not aligned to
 * its width. Behind the host bridge's first 256 bytes is nothing but the end of the list of capabilities: zeros.
 */
uint64_t vpci_ecam_read(uint32_t offset, unsigned bytes);
