#!/usr/bin/env python3
"""Second, independent verifier of exported ledgers (see format.md): verify_ledger.py DIR [KEY...]

With verifier keys given (from cards), log.json may name no others. Prints a JSON line for each log
that holds and one for the first place that does not; exits 0 (all holds), 1 (not), 2 (unreadable).
"""
import base64, hashlib, json, pathlib, re, sys  # Python 3.8 or later and nothing else
class Bad(Exception):
    def __init__(self, problem, file, offset=0, leaf=None):
        self.place = {"leaf": leaf, "file": file, "offset": offset, "problem": problem}
def sha(*parts): return hashlib.sha256(b"".join(parts)).digest()

# Ed25519 (RFC 8032) on points (X, Y, Z, T). Strict: one encoding, no point of small order.
P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ONE = -121665 * pow(121666, P - 2, P) % P, (0, 1, 1, 0)
def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P
def mul(n, p):
    half = mul(n // 2, add(p, p)) if n else ONE
    return add(half, p) if n % 2 else half
def same(p, q): return (p[0] * q[2] - q[0] * p[2]) % P == (p[1] * q[2] - q[1] * p[2]) % P == 0
def point(raw):
    y, sign = int.from_bytes(raw, "little") % 2**255, raw[31] >> 7
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P: x = x * pow(2, (P - 1) // 4, P) % P
    if x % 2 != sign: x = P - x
    p = (x, y, 1, x * y % P)
    return p if y < P and x < P and (x * x - xx) % P == 0 and not same(mul(8, p), ONE) else None
BASE = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
def ed25519(key, message, sig):
    a, r, s = point(key), point(sig[:32]), int.from_bytes(sig[32:], "little")
    h = int.from_bytes(hashlib.sha512(sig[:32] + key + message).digest(), "little") % Q
    return bool(a and r) and s < Q and same(mul(s, BASE), add(r, mul(h, a)))

# RFC 8785, but numbers stay as they are spelled: the commitments are over the spelling.
class Number(str): pass
def canon(v):
    if isinstance(v, Number): return str(v)
    if isinstance(v, list): return "[" + ",".join(map(canon, v)) + "]"
    if not isinstance(v, dict): return json.dumps(v, ensure_ascii=False)
    names = sorted(v, key=lambda name: name.encode("utf-16-be"))
    return "{" + ",".join(canon(name) + ":" + canon(v[name]) for name in names) + "}"
def read_json(raw):  # The value of canonical JSON, or None.
    try:
        v = json.loads(raw.decode(), parse_int=Number, parse_float=Number, parse_constant=int)
        return v if canon(v).encode() == raw else None
    except (ValueError, RecursionError): return None
def is_hex(text, n): return type(text) is str and re.fullmatch("[0-9a-f]{%d}" % n, text)
def opens(entry, record):  # Whether a record has fields, and only such to which the entry commits.
    try: return record != {} and all(
        len(field) == 2 and is_hex(field["salt"], 32) and entry[name] == sha(
            bytes.fromhex(field["salt"]), name.encode(), canon(field["value"]).encode()).hex()
        for name, field in record.items())
    except (AttributeError, KeyError, TypeError): return False

# C2SP signed-note, tlog-checkpoint, tlog-cosignature.
def unbase64(text):
    try: raw = base64.b64decode(text, validate=True)
    except ValueError: return b""
    return raw if base64.b64encode(raw).decode() == text else b""
def read_key(text):  # (name, key id, signature type and public key) of a verifier key, or None.
    name, key_id, key = (text.split("+", 2) + ["", ""])[:3]
    key = unbase64(key)
    right = sha(name.encode(), b"\n", key)[:4].hex() == key_id and len(key) == 33
    return (name, bytes.fromhex(key_id), key) if right and key[0] in (1, 4) else None
def signer(line, text, keys):  # Whose signature over the text the line (with its \n) is, or None.
    try: mark, name, blob = line.decode().split(" ")
    except ValueError: return None
    key_id, sig, time = unbase64(blob[:-1])[:4], unbase64(blob[:-1])[4:], 0
    key = next((key for key in keys if key[:2] == (name, key_id)), None)
    if mark != "\u2014" or blob[-1:] != "\n" or not key: return None
    if key[2][0] == 4:
        time, sig = int.from_bytes(sig[:8], "big"), sig[8:]
        text = b"cosignature/v1\ntime %d\n%s" % (time, text)
    return key if time < 2**63 and len(sig) == 64 and ed25519(key[2][1:], text, sig) else None
def check_note(raw, text, keys):  # The text is as it should be, and all keys have signed it.
    at, seen = 0, []
    for line in (text + b"\n").splitlines(True):
        if raw[at:at + len(line)] != line: raise Bad("text", "checkpoint", at)
        at += len(line)
    for line in re.findall(rb"[^\n]*\n|[^\n]+$", raw[at:]):
        seen.append(signer(line, text, keys))
        if seen[-1] is None or seen[-1] in seen[:-1]: raise Bad("signature", "checkpoint", at)
        at += len(line)
    if not seen or set(seen) != set(keys): raise Bad("signature missing", "checkpoint", at)

# RFC 9162 and C2SP tlog-tiles.
def root(hashes):
    if len(hashes) < 2: return hashes[0] if hashes else sha()
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return sha(b"\1", root(hashes[:k]), root(hashes[k:]))
def tiles(level, size, prefix):  # (index, width, path) of each file; records state no width.
    hashes = size >> 8 * level
    for n in range((hashes + 255) // 256):
        w, (*front, last) = min(256, hashes - 256 * n), f"{n:,}".split(",")
        path = prefix + "".join("x%03d/" % int(d) for d in front) + "%03d" % int(last)
        yield n, w, path + (".p/%d" % w if w < 256 and prefix != "records/" else "")
def read_tiles(read, level, size):  # (leaf, path, offset, hash) of each hash of a level.
    for n, w, path in tiles(level, size, f"tile/{level}/"):
        raw = read(path)
        for i in range(w):
            end = 32 * i + 32 if i + 1 < w else None
            yield n * 256 + i << 8 * level, path, 32 * i, raw[32 * i:end]
def read_entries(read, size):  # (leaf, path, offset, entry or None); None also for bytes too many.
    for n, w, path in tiles(0, size, "tile/entries/"):
        raw, at = read(path), 0
        for leaf in range(n * 256, n * 256 + w):
            end = at + 2 + int.from_bytes(raw[at:at + 2], "big")
            entry = raw[at + 2:end] if end <= len(raw) else None
            yield leaf, path, at, entry
            at = at if entry is None else end
        if at < len(raw): yield leaf, path, at, None
def check_records(read, size):  # The form of each entry, then each record against its entry.
    forms = []
    for leaf, path, at, entry in read_entries(read, size):
        forms.append(read_json(entry))
        form = type(forms[-1]) is dict and all(is_hex(h, 64) for h in forms[-1].values())
        if not form: raise Bad("entry form", path, at, leaf)
    for n, w, path in tiles(0, size, "records/"):
        lines, at = re.findall(rb"[^\n]*\n|[^\n]+$", read(path)), 0
        for i, line in enumerate(lines + [b""] * (w - len(lines))):
            good = i < w and line[-1:] == b"\n"
            if not good or line != b"\n" and not opens(forms[n * 256 + i], read_json(line[:-1])):
                # One line feed too many, in place of the first byte of a record: the line before.
                back = i > 0 and len(lines) > w and lines[i - 1] == b"\n" and line[:1] != b"{"
                raise Bad("record", path, at - back, n * 256 + min(i - back, w - 1))
            at += len(line)
def check_tree(read, size, top):  # What hashes to the signed root is right, what differs is wrong.
    stated = [found for *_, found in read_tiles(read, 0, size)]
    hashes = [b"" if entry is None else sha(b"\0", entry) for *_, entry in read_entries(read, size)]
    good = root(hashes) == top
    for leaf, path, at, entry in () if good else read_entries(read, size):
        if entry is None or sha(b"\0", entry) != stated[leaf]: raise Bad("entry", path, at, leaf)
    for level in range(8):
        for i, (leaf, path, at, found) in enumerate(read_tiles(read, level, size)):
            if found != hashes[i]:  # Entry and tile both changed? The hash above shows where.
                if not good: path, at = list(tiles(level - 1, size, f"tile/{level - 1}/"))[i][2], 0
                raise Bad("hash", path, at, leaf)
        hashes = [root(hashes[i:i + 256]) for i in range(0, len(hashes) - 255, 256)]
    return good
def verify_log(read, names, origin, keys):
    raw = read("checkpoint")
    text = raw[:raw.find(b"\n\n") + 1]
    said = re.fullmatch("(.+)\n(0|[1-9][0-9]{0,19})\n(.+)\n", text.decode(errors="replace"))
    try:
        if not said or len(unbase64(said[3])) != 32: raise Bad("form", "checkpoint")
        check_note(raw, text, keys)
    except Bad as bad:  # Which line? The other files say what it should be.
        ends = (re.fullmatch(r"tile/entries/([0-9x/]+)(?:\.p/([0-9]+))?", name) for name in names)
        ends = (256 * int(re.sub("[x/]", "", end[1])) + int(end[2] or 256) for end in ends if end)
        size = max(ends, default=0)
        top = root([sha(b"\0", entry or b"") for *_, entry in read_entries(read, size)])
        check_note(raw, b"%s\n%d\n%s\n" % (origin.encode(), size, base64.b64encode(top)), keys)
        raise bad
    if said[1] != origin: raise Bad("origin", "checkpoint")
    size, top, left = int(said[2]), unbase64(said[3]), names - {"checkpoint"}
    for i, kind in [(i, f"tile/{i}/") for i in range(8)] + [(0, "tile/entries/"), (0, "records/")]:
        for n, _, path in tiles(i, size, kind):
            if path not in left: raise Bad("missing", path, 0, n << 8 * i + 8)
            left.remove(path)
    for path in sorted(left): raise Bad("unexpected", path)
    if not check_tree(read, size, top): raise Bad("root", "checkpoint", text[:-1].rfind(b"\n") + 1)
    check_records(read, size)
    return {"ok": True, "size": size, "root": top.hex(), "first_bad": None}
def verify_all(read, names, trusted):  # The verdicts; Bad at the first that does not hold.
    index, logs = read_json(read("log.json")), []
    try:
        for log in index:
            folder, keys = log["dir"], [read_key(vkey) for vkey in log["vkeys"]]
            own = {name[len(folder) + 1:] for name in names if name.startswith(folder + "/")}
            right = re.fullmatch("[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*", folder) and own and keys
            right = right and len(log) == 3 and set(log["vkeys"]) <= set(trusted or log["vkeys"])
            clash = any(folder <= other or folder.startswith(other + "/") for other, *_ in logs)
            if clash or not right or None in keys: raise KeyError
            logs.append((folder, log["origin"], keys, own))
    except (KeyError, TypeError, AttributeError): logs = []
    if not logs: raise Bad("list of logs", "log.json")
    owned = {"log.json", *(folder + "/" + name for folder, _, _, own in logs for name in own)}
    for name in sorted(names - owned): raise Bad("unexpected", name)
    for folder, origin, keys, own in logs:
        try: yield {"dir": folder, **verify_log(lambda p: read(f"{folder}/{p}"), own, origin, keys)}
        except Bad as bad:  # A checkpoint whose signatures hold is right about its origin.
            bad.place["file"] = f"{folder}/{bad.place['file']}"
            raise Bad("origin", "log.json") if bad.place["problem"] == "origin" else bad
def main(folder, *trusted):
    paths = (path for path in pathlib.Path(folder).rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): path for path in paths}
    def read(name): return files[name].read_bytes() if name in files else b""
    try:
        for verdict in verify_all(read, set(files), trusted): print(json.dumps(verdict))
    except Bad as bad: sys.exit(print(json.dumps({"ok": False, "first_bad": bad.place})) or 1)
if __name__ == "__main__":
    if not pathlib.Path(*sys.argv[1:2] or "?").is_dir(): sys.exit(print(__doc__) or 2)
    try: main(*sys.argv[1:])
    except OSError as error: sys.exit(print(error) or 2)
