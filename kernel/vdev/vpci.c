/* SPDX-License-Identifier: Apache-2.0 */
/* vpci.c: a guest's PCI configuration space: a host bridge and nothing else, or firmware's chipset. */
#include "kernel/vdev/vpci.h"

#define ADDRESS_ENABLE   0x80000000U
#define ADDRESS_FUNCTION 0x00FFFF00U /* bus, device, function */
#define ADDRESS_REGISTER 0x000000FCU
#define ADDRESS_BITS     (ADDRESS_ENABLE | ADDRESS_FUNCTION | ADDRESS_REGISTER)

/*
 * The host bridge, 00:00.0: all registers that are not 0. The IDs are those of a bridge without registers
 * of its own that systems know: Red Hat's vendor ID, the "generic host bridge" in QEMU's pci-ids document.
 * The command register is among the zeros: a bridge may hard-wire bits it does not implement.
 */
#define BRIDGE_REGISTER_ID    0x00
#define BRIDGE_REGISTER_CLASS 0x08
#define BRIDGE_ID             0x00081B36U /* device 0008H, vendor 1B36H */
#define BRIDGE_CLASS          0x06000000U /* bridge, host, revision 0 */

static uint32_t bridge_register(uint32_t offset)
{
	switch (offset) {
	case BRIDGE_REGISTER_ID:
		return BRIDGE_ID;
	case BRIDGE_REGISTER_CLASS:
		return BRIDGE_CLASS;
	default:
		return 0;
	}
}

static bool is_address(const struct vplatform_access *access)
{
	return access->port == VPCI_PORT_ADDRESS && access->bytes == 4;
}

static bool is_data(const struct vplatform_access *access)
{
	return access->port >= VPCI_PORT_DATA && access->port + access->bytes <= VPCI_PORT_LAST + 1;
}

/* Where in the four bytes of its register an access to CONFIG_DATA begins, in bits. */
static unsigned shift_of(const struct vplatform_access *access)
{
	return ((unsigned)access->port - VPCI_PORT_DATA) * 8;
}

void vpci_add_chipset(struct vpci *pci)
{
	pci->has_chipset = true;
	vpiix_init(&pci->chipset);
}

uint16_t vpci_pm_base(const struct vpci *pci)
{
	return vpiix_pm_base(&pci->chipset);
}

static uint32_t read_register(const struct vpci *pci)
{
	uint32_t function = pci->address & ADDRESS_FUNCTION;
	uint32_t offset = pci->address & ADDRESS_REGISTER;

	if (pci->has_chipset) {
		return vpiix_read(&pci->chipset, function, offset);
	}
	return function == 0 ? bridge_register(offset) : UINT32_MAX;
}

uint32_t vpci_read(const struct vpci *pci, const struct vplatform_access *access)
{
	if (is_address(access)) {
		return pci->address;
	}
	if (!is_data(access) || (pci->address & ADDRESS_ENABLE) == 0) {
		return vplatform_ones(access->bytes);
	}
	return read_register(pci) >> shift_of(access) & vplatform_ones(access->bytes);
}

void vpci_write(struct vpci *pci, const struct vplatform_access *access)
{
	if (is_address(access)) {
		pci->address = access->value & ADDRESS_BITS;
	} else if (is_data(access) && (pci->address & ADDRESS_ENABLE) != 0 && pci->has_chipset) {
		vpiix_write(&pci->chipset, pci->address & ADDRESS_FUNCTION,
			    pci->address & ADDRESS_REGISTER, access->value << shift_of(access),
			    vplatform_ones(access->bytes) << shift_of(access));
	}
}

/* ECAM: bus, device and function from bit 12 of the address on. */
#define ECAM_FUNCTION 0xFFFFF000U

uint64_t vpci_ecam_read(uint32_t offset, unsigned bytes)
{
	uint64_t ones = vplatform_wide_ones(bytes);

	if ((offset & ECAM_FUNCTION) != 0 || !is_aligned(offset, bytes)) {
		return ones;
	}
	uint64_t both =
		bridge_register(offset & ~7U) | (uint64_t)bridge_register((offset & ~7U) + 4) << 32;

	return both >> (offset % 8 * 8) & ones;
}
