// A file by its hash: its bytes stay on this machine.
import type { FileHash } from "./logic";

export const LARGEST = 512 * 1024 * 1024;

export async function hashed(file: File): Promise<FileHash> {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  const sha256 = [...new Uint8Array(digest)].map((n) => n.toString(16).padStart(2, "0")).join("");
  return {
    name: file.name,
    media_type: file.type || "application/octet-stream",
    size: file.size,
    sha256,
  };
}
