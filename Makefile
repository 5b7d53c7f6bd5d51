# SPDX-License-Identifier: Apache-2.0
# Build, run and test Muntin. `make help` lists the targets.

B        := build
CC       := gcc
NASM     := nasm
OBJCOPY  := objcopy
PYTHON   := /usr/bin/python3
CLANG    := clang

VERSION  := 0.1
BUILD_ID := $(shell git describe --always --dirty 2>/dev/null || echo unversioned)

WARN     := -Wall -Wextra -Werror -Wconversion -Wshadow -Wundef -Wmissing-prototypes -Wstrict-prototypes -Wvla
HV_FLAGS := -std=gnu11 -Os -g $(WARN) -I. -I$(B) -ffreestanding -fno-builtin-printf -fpie -fvisibility=hidden \
            -mgeneral-regs-only -mno-red-zone -fno-stack-protector -fno-asynchronous-unwind-tables \
            -fno-strict-aliasing -fcf-protection=none -MMD -MP
EFI_INC  := -isystem /usr/include/efi -isystem /usr/include/efi/x86_64 -DGNU_EFI_USE_MS_ABI -maccumulate-outgoing-args

HV_C     := $(wildcard boot/*.c arch/cpu/*.c arch/vmx/*.c drivers/*.c kernel/*.c kernel/lib/*.c kernel/vdev/*.c kernel/monitor/*.c)
HV_ASM   := $(wildcard boot/*.asm arch/cpu/*.asm arch/vmx/*.asm)
HV_OBJ   := $(HV_C:%.c=$(B)/hv/%.o) $(HV_ASM:%.asm=$(B)/hv/%.asm.o)

# Files without a processor under them: the same sources are linked into host programs, tests and fuzzers. The monitor
# is among them: what its commands look at is made up by tests/host/monitor_fakes.h.
PURE_C   := $(filter-out kernel/lib/string.c,$(wildcard kernel/lib/*.c)) $(wildcard kernel/config*.c kernel/plan*.c kernel/image*.c \
            kernel/vdev/*.c drivers/acpi*.c arch/vmx/ept*.c arch/vmx/mtrr*.c arch/vmx/decode*.c arch/vmx/alu.c arch/vmx/controls*.c \
            arch/cpu/paging.c arch/vmx/trapmap.c kernel/cpuid_policy.c kernel/cpuid_clock.c kernel/cpuid_xsave.c kernel/vpmu.c kernel/guest_cr.c \
            kernel/guest_paging.c kernel/guest_access.c kernel/event_merge.c kernel/task_tss.c kernel/ipi.c kernel/vlapic_mode.c kernel/vlapic_regs.c arch/vmx/exit_reason.c) $(wildcard kernel/monitor/*.c)
HOST_FLAGS := -std=gnu11 -O1 -g $(WARN) -I. -I$(B) -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -MMD -MP
HOST_OBJ := $(PURE_C:%.c=$(B)/host/%.o)
FUZZ_OBJ := $(PURE_C:%.c=$(B)/fuzz/obj/%.o)
HOST_TESTS := $(patsubst tests/host/test_%.c,$(B)/host/test_%,$(wildcard tests/host/test_*.c))
FUZZERS  := $(patsubst tests/host/fuzz_%.c,$(B)/fuzz/fuzz_%,$(wildcard tests/host/fuzz_*.c))
FUZZ_LIBS_fuzz_decode := -lZydis
FUZZ_SECONDS ?= 15

.PHONY: all image run test host-tests fuzz checks boot-tests bench clean help deps
all: $(B)/BOOTX64.EFI $(B)/muntin-check $(B)/command-table

# --- Generated sources: the guest's DSDT as bytes
$(B)/generated/dsdt_aml.h: kernel/vdev/dsdt.asl tools/embed
	@mkdir -p $(@D)
	@iasl -we -w3 -p $(B)/dsdt $< >$(B)/dsdt.log 2>&1 || { cat $(B)/dsdt.log; exit 1; }
	$(PYTHON) tools/embed dsdt_aml $(B)/dsdt.aml $@
$(HV_OBJ) $(HOST_OBJ) $(FUZZ_OBJ) $(HOST_TESTS:%=%.o) $(HOST_TESTS) $(FUZZERS): | $(B)/generated/dsdt_aml.h

# --- The hypervisor: one PE file
GEN := $(B)/generated

$(GEN)/version.h: FORCE
	@mkdir -p $(@D)
	@echo '#define MUNTIN_VERSION "Muntin $(VERSION) ($(BUILD_ID))"' >$@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
FORCE:

$(GEN)/offsets.inc: arch/offsets.c $(wildcard arch/cpu/*.h arch/vmx/*.h kernel/lib/*.h)
	@mkdir -p $(@D)
	$(CC) $(filter-out -g -MMD -MP,$(HV_FLAGS)) -S $< -o $(B)/offsets.s
	@{ echo '; Generated from $<.'; sed -n 's/^#define \([A-Z0-9_]*\) \$$*/%define \1 /p' $(B)/offsets.s; } >$@

$(B)/hv/boot/%.o: HV_FLAGS += $(EFI_INC)

# Small, but for what a guest waits for.
HOT := $(patsubst %.c,$(B)/hv/%.o,$(wildcard kernel/exit*.c kernel/vlapic*.c arch/vmx/decode*.c) arch/cpu/lapic.c arch/vmx/alu.c \
       kernel/guest_walk.c kernel/guest_paging.c kernel/guest_memory.c kernel/guest_regs.c kernel/guest_access.c kernel/vcpu.c kernel/vcpu_advance.c kernel/event_merge.c \
       kernel/ipi.c kernel/cpuid_policy.c \
       kernel/msr_policy.c kernel/clock.c kernel/vdev/vplatform_ports.c kernel/vdev/vplatform_mmio.c kernel/vdev/vuart.c kernel/vdev/vioapic.c)
$(HOT): HV_FLAGS += -O2

$(B)/hv/%.o: %.c Makefile | $(GEN)/version.h
	@mkdir -p $(@D)
	$(CC) $(HV_FLAGS) -c $< -o $@

$(B)/hv/%.asm.o: %.asm $(GEN)/offsets.inc
	@mkdir -p $(@D)
	$(NASM) -f elf64 -g -F dwarf -I$(B)/ $< -o $@

$(B)/muntin.elf: $(HV_OBJ) linker.ld
	ld -nostdlib -shared -Bsymbolic -znocombreloc --no-undefined -z noexecstack -T linker.ld \
		/usr/lib/crt0-efi-x86_64.o $(HV_OBJ) /usr/lib/libgnuefi.a -o $@

$(B)/BOOTX64.EFI: $(B)/muntin.elf tools/finish-pe
	$(OBJCOPY) -j .text -j .rodata -j .relro -j .reloc -j .data --strip-all \
		--target=efi-app-x86_64 --subsystem=10 --section-alignment=4096 --file-alignment=512 $< $@
	tools/finish-pe $@ $<

# --- Host programs, tests, fuzzers
$(B)/host/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(HOST_FLAGS) -c $< -o $@

$(B)/host/libpure.a: $(HOST_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(B)/host/test_%.o: tests/host/test_%.c
	@mkdir -p $(@D)
	$(CC) $(HOST_FLAGS) -c $< -o $@

$(B)/host/test_%: $(B)/host/test_%.o $(B)/host/libpure.a
	$(CC) $(HOST_FLAGS) $< $(B)/host/libpure.a -lcmocka -o $@

.PRECIOUS: $(B)/host/test_%.o

# The whole monitor on a pseudo terminal, for tests of what talks to it.
$(B)/host/monitor_sim: tests/host/monitor_sim.c $(B)/host/libpure.a
	$(CC) $(HOST_FLAGS) $< $(B)/host/libpure.a -o $@

$(B)/muntin-check: tools/muntin-check.c $(B)/host/libpure.a
	$(CC) $(HOST_FLAGS) $< $(B)/host/libpure.a -o $@

# The rows of all commands, without what their steps call.
$(B)/command-table: tools/command-table.c $(B)/host/libpure.a
	$(CC) $(HOST_FLAGS) -no-pie -Wl,--unresolved-symbols=ignore-all $< $(B)/host/libpure.a -o $@

FUZZ_FLAGS := -std=gnu11 -O1 -g -I. -I$(B) -fno-sanitize-recover=all

$(B)/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined -MMD -MP -c $< -o $@

$(B)/fuzz/libpure.a: $(FUZZ_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(B)/fuzz/fuzz_%: tests/host/fuzz_%.c $(B)/fuzz/libpure.a
	$(CLANG) $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -MMD -MP $< $(B)/fuzz/libpure.a $(FUZZ_LIBS_fuzz_$*) -o $@

include tests/guest/guest.mk

# --- The stick, machines, tests
# What is missing is installed before anything is built, hence the second make in run and test.
# DEPS=no leaves that out.
SUBMAKE := $(MAKE) --no-print-directory -j$(shell nproc)
LINUX   := $(B)/guests/vmlinuz $(B)/guests/initrd.cpio

deps:
ifneq ($(DEPS),no)
	@tools/install-deps
endif

FETCH   := tools/fetch-guests $(wildcard tools/guests/*)
# What the scenarios start besides, by the file that is written last.
TEST_GUESTS := $(B)/guests/examine.cpio

$(LINUX) &: $(FETCH)
	@tools/fetch-guests

$(TEST_GUESTS): $(LINUX) $(FETCH)
	@tools/fetch-guests --tests

$(B)/muntin.img: $(B)/BOOTX64.EFI $(LINUX) $(GUESTS) tools/default.conf tools/mkimage
	@tools/mkimage --conf tools/default.conf --efi $(B)/BOOTX64.EFI \
		--add $(B)/guests/vmlinuz:/guests/vmlinuz --add $(B)/guests/initrd.cpio:/guests/initrd.img \
		--add $(B)/guests/heartbeat.elf:/guests/heartbeat.elf -o $@

image: $(B)/muntin.img

# RUN holds further options, as in: make run RUN="--rig qemu-tcg --cpus 2"
run: deps
	@$(SUBMAKE) image
	@tools/run --image $(B)/muntin.img $(RUN)

test: deps
	@$(SUBMAKE) all image guests $(TEST_GUESTS) $(HOST_TESTS) $(B)/host/monitor_sim $(FUZZERS)
	@tools/run-tests --fuzz-seconds $(FUZZ_SECONDS)

# BENCH holds further options, as in: make bench BENCH="--rig qemu-kvm"
bench: deps
	@$(SUBMAKE) all image guests
	@tests/bench/bench.py $(BENCH)

checks: $(B)/host/test_vacpi
	@tools/run-tests --only check

host-tests: all $(HOST_TESTS) $(B)/host/monitor_sim
	@tools/run-tests --only cmocka

fuzz: $(FUZZERS)
	@tools/run-tests --only fuzz --fuzz-seconds $(FUZZ_SECONDS)

boot-tests: all image guests $(TEST_GUESTS)
	@tools/run-tests --only tests/boot

help:
	@echo "make run         boot the default machine, your terminal on its serial line"
	@echo "make test        host tests, checks, fuzzers and boot scenarios"
	@echo "make bench       every figure against its budget"
	@echo "make image       build/muntin.img: the stick"
	@echo "make             build/BOOTX64.EFI and build/muntin-check"
	@echo "make checks      layers, headers, format; make boot-tests, make host-tests, make fuzz: parts of make test"
	@echo "make clean       remove build/"

clean:
	rm -rf $(B)


-include $(HOST_OBJ:.o=.d) $(FUZZ_OBJ:.o=.d) $(HOST_TESTS:%=%.d) $(FUZZERS:%=%.d) $(B)/host/monitor_sim.d $(HV_C:%.c=$(B)/hv/%.d)
