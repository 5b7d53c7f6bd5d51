// SPDX-License-Identifier: Apache-2.0
//
// dsdt.asl: what a guest's machine has besides processors and interrupt controllers, for its ACPI.
//
// The same for every guest: processors are in the MADT alone; objects for them would only carry power
// states, and a guest has none. test_vacpi.c holds the ports and interrupts here and vplatform_ports.c together.
// No _PRT: no PCI function has an interrupt pin. No _OSC: there is no PCI Express to negotiate about.

DefinitionBlock ("", "DSDT", 2, "MUNTIN", "MUNTINPC", 0x00000001)
{
    // Power off: SLP_TYP 5 in PM1a control, VPM_SLP_TYP_S5. There is no PM1b.
    Name (_S5, Package () { 5, 0, 0, 0 })

    Scope (_SB)
    {
        // Configuration space as memory, which the MCFG names: VPCI_ECAM_BASE. A system uses it only where it is
        // reserved, and by a motherboard resource (PCI Firmware Specification 3.0, "MCFG Table Description").
        Device (MB00)
        {
            Name (_HID, EisaId ("PNP0C02"))
            Name (_UID, 0)
            Name (_CRS, ResourceTemplate ()
            {
                Memory32Fixed (ReadWrite, 0xE0000000, 0x00100000)
            })
        }

        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A03"))
            Name (_UID, 0)
            Name (_CRS, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode,
                    0x0000, 0x0000, 0x0000, 0x0000, 0x0001)
                IO (Decode16, 0x0CF8, 0x0CF8, 0x01, 0x08)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                    0x0000, 0x0000, 0x0CF7, 0x0000, 0x0CF8)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                    0x0000, 0x0D00, 0xFFFF, 0x0000, 0xF300)
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                    0x00000000, 0xC0000000, 0xDFFFFFFF, 0x00000000, 0x20000000)
            })

            // ISA devices; there is no bridge function in front of them.
            Device (PIC0)
            {
                Name (_HID, EisaId ("PNP0000"))
                Name (_CRS, ResourceTemplate ()
                {
                    IO (Decode16, 0x0020, 0x0020, 0x01, 0x02)
                    IO (Decode16, 0x00A0, 0x00A0, 0x01, 0x02)
                    IRQNoFlags () { 2 }
                })
            }

            Device (TMR0)
            {
                Name (_HID, EisaId ("PNP0100"))
                Name (_CRS, ResourceTemplate ()
                {
                    IO (Decode16, 0x0040, 0x0040, 0x01, 0x04)
                    IRQNoFlags () { 0 }
                })
            }

            Device (RTC0)
            {
                Name (_HID, EisaId ("PNP0B00"))
                Name (_CRS, ResourceTemplate ()
                {
                    IO (Decode16, 0x0070, 0x0070, 0x01, 0x02)
                    IRQNoFlags () { 8 }
                })
            }

            Device (COM1)
            {
                Name (_HID, EisaId ("PNP0501"))
                Name (_UID, 1)
                Name (_CRS, ResourceTemplate ()
                {
                    IO (Decode16, 0x03F8, 0x03F8, 0x01, 0x08)
                    IRQNoFlags () { 4 }
                })
            }
        }
    }
}
