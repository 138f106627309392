// Text to a WAV file, by flite or espeak-ng. Spoken once per text, kept for the rest of the run.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const folder = join(tmpdir(), `vestibule-speech-${userInfo().uid}`);

/** The path of a mono 16-bit WAV file with this text spoken. */
export function speech(text) {
  const file = join(folder, `${createHash("sha256").update(text).digest("hex").slice(0, 24)}.wav`);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  const unfinished = `${file}.${process.pid}.wav`;
  if (!spoken("flite", ["-voice", "slt", "-t", text, "-o", unfinished])) {
    if (!spoken("espeak-ng", ["-v", "en-us", "-s", "150", "-w", unfinished, text])) {
      throw new Error("neither flite nor espeak-ng is installed: sudo apt-get install flite");
    }
  }
  renameSync(unfinished, file);
  return file;
}

function spoken(program, args) {
  try {
    execFileSync(program, args, { stdio: "pipe" });
    return true;
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}

/**
 * What Chromium's fake microphone plays again and again: half a second of silence (the first quarter
 * of a second gets lost), a sentence, and two seconds of silence.
 */
export function microphoneFile() {
  const { samples, rate } = read(speech("Hello. This is a test of the microphone."));
  const silence = (seconds) => new Int16Array(Math.round(seconds * rate));
  const file = join(folder, "microphone.wav");
  const wav = write([silence(0.5), samples, silence(2)], rate);
  if (!existsSync(file) || !readFileSync(file).equals(wav)) writeFileSync(file, wav);
  return file;
}

function read(file) {
  const wav = readFileSync(file);
  // espeak-ng writes a wrong length when it streams, so what is there counts, not what is said.
  const start = wav.indexOf("data", 12, "latin1") + 8;
  const bytes = wav.subarray(start, wav.length - ((wav.length - start) % 2));
  const samples = new Int16Array(bytes.length / 2);
  for (let index = 0; index < samples.length; index += 1) samples[index] = bytes.readInt16LE(index * 2);
  return { samples, rate: wav.readUInt32LE(24) };
}

function write(parts, rate) {
  const length = parts.reduce((sum, part) => sum + part.length * 2, 0);
  const header = Buffer.alloc(44);
  header.write("RIFF", 0, "latin1");
  header.writeUInt32LE(36 + length, 4);
  header.write("WAVEfmt ", 8, "latin1");
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // mono
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36, "latin1");
  header.writeUInt32LE(length, 40);
  return Buffer.concat([header, ...parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength))]);
}
