#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# examine: Linux examines the machine it runs on, with Debian's programs. A line `examine: NAME VERDICT WORDS` for each
# thing: ok, fail, or skip when the program says that this machine or kernel has no such thing.
PATH=/bin
mkdir -p /tmp/examine
cd /tmp/examine || exit 1

# The last words of a log, in one line.
words() {
	tail -n 2 "$1" | tr '\n' ' ' | tr -cd ' -~' | cut -c1-160
}

say() {
	echo "examine: $*"
}

# NAME COMMAND...: ok when it ends with 0.
try() {
	name=$1
	shift
	if "$@" >"$name.log" 2>&1; then
		say "$name" ok
	else
		say "$name" fail "$(words "$name.log")"
	fi
}

# --- SMBIOS
structure() {
	dmidecode -t "$1" | grep "DMI type $1,"
}

flawless() {
	dmidecode >dmi.text || return 1
	! grep -E '<OUT OF SPEC>|<BAD INDEX>|Wrong DMI|Invalid entry|broken|TRUNCATED' dmi.text
}

# --- ACPI: every table is disassembled and assembled again, and comes out as it went in.
round_trip() {
	iasl -p "$1" -d "$1.dat" >"$1.iasl" 2>&1 || return 1
	! grep -iE 'error|warning|invalid|checksum' "$1.iasl" || return 1
	case $1 in
	facs) return 0 ;; # nothing to compile: iasl writes its checksum where none belongs
	esac
	iasl -p "$1.new" "$1.dsl" >"$1.iasl" 2>&1 || return 1
	grep -E '^(Error|Warning) ' "$1.iasl" && return 1
	same_table "$1.dat" "$1.new.aml"
}

# The compiler's name and version are its own (ACPI Specification, "System Description Table Header": 28 to 35), and
# the checksum counts them.
same_table() {
	cmp -l "$1" "$2" | awk '$1 != 10 && ($1 < 29 || $1 > 36) { print "byte", $1; bad = 1 } END { exit bad }'
}

acpi() {
	try acpidump acpidump -b
	for table in *.dat; do
		[ -e "$table" ] && try "acpi_${table%.dat}" round_trip "${table%.dat}"
	done
}

# --- Processors
cpuid_twice() {
	cpuid -r >by_instruction && cpuid -r -k >by_module && cmp by_instruction by_module
}

apic_ids() {
	grep '^apicid' /proc/cpuinfo | awk '{ print $3 }' >kernel.ids
	for id in $(cpuid -l 0xb -r | sed -n 's/.* 0x00: .*edx=//p'); do
		echo $((id))
	done >leaf.ids
	cat kernel.ids leaf.ids
	cmp kernel.ids leaf.ids
}

msr_moves() {
	first=$(rdmsr -d 0x10) && second=$(rdmsr -d 0x10) && [ "$second" -gt "$first" ]
}

# The same in all processors, as Linux needs it.
msr_same() {
	rdmsr -a "$1" >"msr.$1" && cat "msr.$1" && [ "$(sort -u "msr.$1" | wc -l)" = 1 ]
}

msr_unknown() {
	! rdmsr 0x12345678
}

# Behind is what was there.
msr_written() {
	old=$(rdmsr 0x277) && wrmsr 0x277 0x0007040600070404 && [ "$(rdmsr 0x277)" = 7040600070404 ] &&
		wrmsr 0x277 "0x$old" && [ "$(rdmsr 0x277)" = "$old" ]
}

msr_reserved() {
	! wrmsr 0x277 0x0202020202020202
}

again_online() {
	for _ in 1 2 3; do
		echo 0 >/sys/devices/system/cpu/cpu1/online || return 1
		[ "$(nproc)" = 1 ] || return 1
		echo 1 >/sys/devices/system/cpu/cpu1/online || return 1
		[ "$(nproc)" = 2 ] || return 1
	done
}

# --- PCI
both_ways() {
	lspci -A linux-sysfs -xxx -n >by_kernel && lspci -A intel-conf1 -xxx -n >by_ports && cmp by_kernel by_ports
}

# --- Clocks
rtc_is_right() {
	drift=$(($(date +%s) - $(cat /sys/class/rtc/rtc0/since_epoch)))
	echo "drift $drift"
	[ "$drift" -ge -2 ] && [ "$drift" -le 2 ]
}

# /dev/rtc's alarm, by the kernel's own path: the machine wakes nobody, but the interrupt comes.
rtc_alarm() {
	before=$(awk '/rtc/ { print $2 + $3 }' /proc/interrupts)
	echo +2 >/sys/class/rtc/rtc0/wakealarm || return 1
	sleep 4
	after=$(awk '/rtc/ { print $2 + $3 }' /proc/interrupts)
	echo "$before $after"
	[ "$after" -gt "$before" ]
}

tsc_is_stable() {
	! dmesg | grep -iE 'tsc.*unstable|clocksource.*(unstable|skew)|TSC ADJUST differs'
}

quiet_kernel() {
	! dmesg | grep -E 'BUG|Oops|Call Trace|lockup|stall|WARNING:'
}

# --- stress-ng: STRESSOR OPERATIONS; each verifies what it computes.
stress() {
	stress-ng --verify --timeout 60 --temp-path /tmp "--$1" 1 "--$1-ops" "$2" >"stress_$1.log" 2>&1
	case $? in
	0) say "stress_$1" ok ;;
	3 | 4) say "stress_$1" skip "$(words "stress_$1.log")" ;;
	*) say "stress_$1" fail "$(grep -i fail "stress_$1.log" | tr '\n' ' ' | cut -c1-160)" ;;
	esac
}

insmod /lib/msr.ko
insmod /lib/cpuid.ko
try dmi_flawless flawless
for type in 0 1 4 16 17 19 32 127; do
	try "dmi_type_$type" structure "$type"
done
acpi
try cpuid_twice cpuid_twice
try cpuid_apic_ids apic_ids
try msr_tsc_moves msr_moves
for msr in 0xfe 0x174 0x277 0x2ff 0xc0000080 0xc0000081; do
	try "msr_same_$msr" msr_same $msr
done
try msr_unknown_faults msr_unknown
try msr_pat_written msr_written
try msr_pat_reserved_faults msr_reserved
try pci_both_ways both_ways
try cpu_offline_online again_online
try rtc_is_right rtc_is_right
try rtc_alarm rtc_alarm
while read -r name operations; do
	stress "$name" "$operations" </dev/null
done <<END
cpu 30
atomic 50
bsearch 2
fp 2
getrandom 20
hash 20
icache 20
matrix 2
nop 100
qsort 1
rdrand 20
sigfpe 200
sigsegv 200
sigtrap 200
tsc 100
vecmath 10
x86syscall 100
alarm 2
clock 20
itimer 100
nanosleep 2
rtc 2
timer 200
timerfd 200
cache 2
malloc 200
memcpy 2
membarrier 10
mmap 2
mremap 20
tlb-shootdown 2
vm 200
END
try tsc_is_stable tsc_is_stable
try quiet_kernel quiet_kernel
say done
