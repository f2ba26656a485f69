/** @file The card under the pointer while it is dragged to another place in the cast. */

class CardDrag {
  id = $state<number | undefined>(undefined);
}

export const cardDrag = new CardDrag();
