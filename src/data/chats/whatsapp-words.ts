import type { Reason } from "./chat-log.ts";

/** The app begins what it writes itself with this mark, on an iPhone. */
const OWN = "\u200E";

/** A whole message in angle brackets: `<Media omitted>` in any language. */
const BRACKETED = /^<[^<>\n]{2,80}>$/;
/** A file's name and a remark, as `IMG-0001.jpg (file attached)`; what follows on the next lines is its caption. */
const ATTACHED =
  /^[^\n/\\]{1,120}\.\p{L}[\p{L}\d]{1,4} \((?:[^()\n]{0,30}(?:attached|angehängt|adjunto|joint|anexado|allegato|bijgevoegd|добавлен|załącz|ekli|terlampir|添付|附件|첨부)[^()\n]{0,30})\)(?:\n|$)/u;
/** A document that an iPhone left out, with its pages. */
const DOCUMENT = /^[^\n]{1,120}\.\p{L}[\p{L}\d]{1,4} • \u200E[^\n]*$/u;
/** What the app puts behind a text that was changed, in angle brackets. */
const EDITED = /edited|bearbeitet|editó|editado|editada|modifi|bewerkt|edytowan|изменен|düzenlendi|diedit/i;
/** Characters that such a remark has at most. */
const REMARK = 120;
const PLACE = /^\p{L}[\p{L} ]{2,20}: https:\/\/(?:maps\.google\.com|foursquare\.com)\/\S+$/u;

/** What stands for media where an export is without them, on an iPhone. English, German, French, Spanish, Portuguese, Italian, Dutch. */
const OMITTED = new RegExp(
  `^(?:${[
    "(?:image|video|audio|sticker|GIF|document|contact card|video note|media) omitted",
    "(?:Bild|Video|Audio|Sticker|GIF|Dokument|Kontaktkarte|Videonachricht) weggelassen",
    "(?:image|vidéo|audio|sticker|GIF|document|fiche contact) (?:absente?|omise?)",
    "(?:imagen|video|audio|sticker|GIF|documento|tarjeta de contacto) omitid[oa]",
    "(?:imagem|vídeo|áudio|figurinha|GIF|documento|cartão de contato) (?:omitid[oa]|ocultad[oa])",
    "(?:immagine|video|audio|sticker|GIF|documento|scheda contatto) omess[oa]",
    "(?:afbeelding|video|audio|sticker|GIF|document|contactkaart) weggelaten",
  ].join("|")})$`,
  "i",
);

/** The same languages, and Russian, Polish, Turkish, Indonesian. */
const DELETED = new RegExp(
  `^(?:${[
    "this message was deleted(?: by admin .{1,60})?|you deleted this message(?: as admin)?",
    "diese nachricht wurde gelöscht|du hast diese nachricht gelöscht",
    "ce message a été supprimé|vous avez supprimé ce message",
    "se eliminó este mensaje|este mensaje fue eliminado|eliminaste este mensaje",
    "(?:essa |esta )?mensagem (?:foi )?apagada|você apagou (?:essa|esta) mensagem",
    "questo messaggio è stato eliminato|hai eliminato questo messaggio",
    "dit bericht is verwijderd|(?:je|u) hebt dit bericht verwijderd",
    "(?:это|данное) сообщение (?:было )?удалено|вы удалили (?:это|данное) сообщение",
    "ta wiadomość została usunięta|usunięto tę wiadomość",
    "bu mesaj silindi|bu mesajı sildiniz",
    "pesan ini (?:telah )?dihapus|anda (?:telah )?menghapus pesan ini",
  ].join("|")})\\.?$`,
  "i",
);

/** Calls, and what stands there until a message arrives. `null` is how Android exports calls and what may be seen once. */
const PROGRAM =
  /^(?:null|(?:missed|silenced) (?:voice|video) call|(?:voice|video) call|verpasster (?:sprach|video)anruf|appel (?:vocal|vidéo) manqué|llamada perdida|videollamada perdida|chamada de (?:voz|vídeo) perdida|chiamata persa|videochiamata persa|gemiste (?:spraak|video)oproep|waiting for this message.*)\.?$/i;
/** The first line of every chat, where the mark before it got lost. */
const ENCRYPTED =
  /^(?:messages|nachrichten|les messages|los mensajes|as mensagens|i messaggi|berichten).{0,80}(?:end-to-end|ende-zu-ende|bout en bout|extremo a extremo|ponta a ponta)/i;

/** What a message comes to: the text that somebody typed, or why there is none. */
export function typedText(message: string): { readonly text: string } | { readonly reason: Reason } {
  const text = withoutRemark(message.trim()).replace(ATTACHED, "").trim();
  const plain = unmarked(text);
  if (DELETED.test(plain)) return { reason: "deleted" };
  if (DOCUMENT.test(text)) return { reason: "media" };
  if (plain === "" || BRACKETED.test(plain) || OMITTED.test(plain) || PLACE.test(plain))
    return { reason: "media" };
  if (PROGRAM.test(plain) || ENCRYPTED.test(plain)) return { reason: "program" };
  if (text.startsWith(OWN)) return { reason: "program" };
  return { text: unmarked(captionOf(text)) };
}

/** Without `<attached: 0001.jpg>` behind a caption, which an iPhone marks, and `<This message was edited>`. */
function withoutRemark(text: string): string {
  const open = text.lastIndexOf("<");
  if (open < 0 || !text.endsWith(">") || text.length - open > REMARK) return text;
  const before = text.slice(0, open).trimEnd();
  if (before.endsWith(OWN)) return before.slice(0, -1).trimEnd();
  return before !== "" && EDITED.test(text.slice(open)) ? before : text;
}

/** The text before `image omitted` and its like, which an iPhone marks. */
function captionOf(text: string): string {
  const mark = text.lastIndexOf(OWN);
  return mark > 0 && OMITTED.test(text.slice(mark + 1)) ? text.slice(0, mark) : text;
}

/** Without the marks that the app puts around names and before its own words. */
const unmarked = (text: string): string => text.replace(/[\u200E\u202A-\u202E\u2066-\u2069]/g, "").trim();
