# SPDX-License-Identifier: Apache-2.0
"""Words of this shell to a line of the monitor, and what could come next on it.

Commands and arguments are asked from the monitor (`help --json`), so there is no second list.
"""
import json

from ctl.trouble import STATUS_USAGE, Trouble


def quote(word):
    """A word as the monitor reads it."""
    if '"' in word:
        raise Trouble(f"{word!r}: the monitor's words cannot have a double quote in them",
                      STATUS_USAGE)
    return f'"{word}"' if word == "" or " " in word or ";" in word else word


def to_line(words):
    """Words to a line."""
    return " ".join(quote(word) for word in words)


def tokens(usage):
    """The tokens of a usage text (kernel/monitor/usage.h), an option and its value being one."""
    found = []
    for part in usage.split():
        if found and found[-1].startswith("[") and not found[-1].endswith("]"):
            found[-1] += " " + part
        else:
            found.append(part)
    return found


class Choices:
    """What could be the last of some words; ask(command) is the monitor's answer to it, as JSON."""

    def __init__(self, ask):
        self.ask = ask
        self.rows = ask("help --json")

    def of_line(self, words):
        """Words of a command line, the last one unfinished."""
        before, last = words[:-1], words[-1]
        found = set()
        for row in self.rows:
            name = row["words"].split()
            if before[:len(name)] == name:
                found |= self.of_arguments(row, words[len(name):])
            elif name[:len(before)] == before:
                found.add(name[len(before)])
        return sorted(word for word in found if word.startswith(last))

    def of_arguments(self, row, words):
        """Behind the name of a command: words[-1] is unfinished."""
        given = words[:-1]
        all_tokens = tokens(row["usage"])
        options = [t.strip("[]").split() for t in all_tokens if t.startswith("[-")]
        places = [t.strip("[]") for t in all_tokens if not t.startswith("[-")]
        values = {option[0]: option[1] for option in options if len(option) > 1}
        if given and given[-1] in values:
            return self.of_kind(values[given[-1]], [words[-1]])
        rest = [at for at, (before, word) in enumerate(zip([""] + given, given))
                if not word.startswith("-") and before not in values]
        found = {option[0] for option in options if option[0] not in given}
        found |= {"--json"} if row["json"] and "--json" not in given else set()
        if places and places[-1].endswith("...") and len(rest) >= len(places) - 1:
            first = rest[len(places) - 1] if len(rest) >= len(places) else len(given)
            return found | self.of_kind(places[-1], words[first:])
        if len(rest) < len(places):
            found |= self.of_kind(places[len(rest)], [words[-1]])
        return found

    def of_kind(self, token, words):
        """What a token of a usage text can be."""
        kind = token.rstrip(".")
        if kind == "COMMAND":
            return set(self.of_line(words))
        if kind == "NAME":
            return {guest["name"] for guest in self.ask("guest list --json")}
        if kind == "SETTING":
            return set(self.ask("set --json"))
        return set(kind.split("|")) if kind.islower() else set()


def complete(session, words):
    """Ask the monitor; nothing when it has no answer."""
    def ask(command):
        reply = session.run(command)
        return json.loads(reply.output) if reply.status == 0 and reply.output else []

    return Choices(ask).of_line(words)


# COMP_WORDS would cut unix:PATH at its colon.
BASH = r"""# Completion of muntinctl for bash: source <(muntinctl completion)
_muntinctl() {
	local words at=1
	read -ra words <<<"${COMP_LINE:0:COMP_POINT}"
	[[ ${COMP_LINE:0:COMP_POINT} == *" " ]] && words+=("")
	while [[ $at -lt $((${#words[@]} - 1)) && ${words[at]} == -* ]]; do
		case ${words[at]} in
		-d | -s | --device | --speed | --timeout | --escape | --password-file) at=$((at + 2)) ;;
		*) at=$((at + 1)) ;;
		esac
	done
	mapfile -t COMPREPLY < <("${words[@]:0:at}" --timeout 2 complete "${words[@]:at}" 2>/dev/null)
}
complete -F _muntinctl muntinctl
"""
