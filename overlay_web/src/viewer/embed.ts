/** What a shop page loads: `<script type="module" src="https://…/live-room-overlay.js"></script>`. */
import { defineLiveRoomOverlay } from "./define.js";

defineLiveRoomOverlay();
