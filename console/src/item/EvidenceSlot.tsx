/** Where the evidence of an item is made; nothing until the room of incidents fills it. */
export function EvidenceSlot(_props: { subject: string }) {
  return null;
}
