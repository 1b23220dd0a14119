import { defineTierBadge } from "../elements/tier-badge/define.js";
import { define, TAG } from "../names.js";
import { RoomList } from "./room-list.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-rooms": RoomList;
  }
}

export function defineRoomList(): void {
  defineTierBadge();
  define(TAG.rooms, RoomList);
}
