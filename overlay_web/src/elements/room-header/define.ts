import { define, TAG } from "../../names.js";
import { RoomHeader } from "./room-header.js";

declare global {
  interface HTMLElementTagNameMap {
    "lro-room-header": RoomHeader;
  }
}

export const defineRoomHeader = (): void => {
  define(TAG.roomHeader, RoomHeader);
};
