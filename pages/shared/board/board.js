// A black board drawn on by mouse, pen or finger. Its strokes go to Python when the pen is lifted.
// What is drawn is kept in the tab's own storage: it is there after a reload and after a visit to another
// page, and no other tab or visitor ever has it.

const SIDE = 280
const DEFAULT_WIDTH = 20

export default function ({ data, parentElement, setStateValue }) {
  const root = parentElement.querySelector(".board")
  // Streamlit calls this again whenever data or theme change; the board stays as it is.
  if (root.board) {
    root.board.send = setStateValue
    return
  }
  root.board = new Board(root, `digit-lab-${data.name}`, setStateValue)
}

class Board {
  // `steps` is all that was done, Clear included, so that it can be undone; the first `done` of them count.
  constructor(root, storageKey, send) {
    this.canvas = root.querySelector("canvas")
    this.controls = Object.fromEntries([...root.querySelectorAll("[name]")].map((control) => [control.name, control]))
    this.storageKey = storageKey
    this.send = send
    Object.assign(this, { steps: [], done: 0, width: DEFAULT_WIDTH, erases: false, stroke: null }, this.stored())
    this.listen()
    this.show()
    if (this.strokes().length) this.tell()
  }

  listen() {
    const { undo, redo, eraser, clear, width } = this.controls
    undo.onclick = () => this.moveTo(this.done - 1)
    redo.onclick = () => this.moveTo(this.done + 1)
    clear.onclick = () => this.add({ clears: true })
    eraser.onclick = () => {
      this.erases = !this.erases
      this.show()
    }
    width.oninput = () => {
      this.width = Number(width.value)
      this.store()
    }
    this.canvas.onpointerdown = (event) => this.begin(event)
    this.canvas.onpointermove = (event) => this.extend(event)
    this.canvas.onpointerup = this.canvas.onpointercancel = (event) => this.finish(event)
    this.canvas.onkeydown = (event) => this.press(event)
  }

  press(event) {
    if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return
    event.preventDefault()
    this.moveTo(this.done + (event.shiftKey ? 1 : -1))
  }

  begin(event) {
    if (!event.isPrimary || event.button) return
    // The stroke goes on, and ends, outside the board too.
    this.canvas.setPointerCapture(event.pointerId)
    this.stroke = { width: this.width, erases: this.erases, points: [this.place(event)] }
    this.paint(this.stroke)
  }

  extend(event) {
    if (!this.stroke || !event.isPrimary) return
    const events = event.getCoalescedEvents?.() ?? []
    this.stroke.points.push(...(events.length ? events : [event]).map((each) => this.place(each)))
    this.paint(this.stroke)
  }

  finish(event) {
    if (!this.stroke || !event.isPrimary) return
    const stroke = this.stroke
    this.stroke = null
    this.add(stroke)
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect()
    const share = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height]
    return share.map((each) => Math.round(each * SIDE * 10) / 10)
  }

  add(step) {
    this.steps = [...this.steps.slice(0, this.done), step]
    this.moveTo(this.steps.length)
  }

  moveTo(done) {
    if (done < 0 || done > this.steps.length) return
    this.done = done
    this.show()
    this.store()
    this.tell()
  }

  strokes() {
    const counted = this.steps.slice(0, this.done)
    return counted.slice(counted.findLastIndex((step) => step.clears) + 1)
  }

  tell() {
    this.send("strokes", this.strokes())
  }

  show() {
    const { undo, redo, eraser, clear, width } = this.controls
    const drawing = this.canvas.getContext("2d")
    drawing.clearRect(0, 0, this.canvas.width, this.canvas.height)
    this.strokes().forEach((stroke) => this.paint(stroke))
    undo.disabled = !this.done
    redo.disabled = this.done === this.steps.length
    clear.disabled = !this.strokes().length
    eraser.setAttribute("aria-pressed", this.erases)
    width.value = this.width
  }

  paint(stroke) {
    const drawing = this.canvas.getContext("2d")
    const scale = this.canvas.width / SIDE
    drawing.setTransform(scale, 0, 0, scale, 0, 0)
    drawing.globalCompositeOperation = stroke.erases ? "destination-out" : "source-over"
    Object.assign(drawing, { lineWidth: stroke.width, lineCap: "round", lineJoin: "round", strokeStyle: "#fff" })
    drawing.beginPath()
    // From the first point to itself too: a tap is a dot.
    for (const [x, y] of [stroke.points[0], ...stroke.points]) drawing.lineTo(x, y)
    drawing.stroke()
  }

  stored() {
    try {
      return JSON.parse(sessionStorage.getItem(this.storageKey)) ?? {}
    } catch {
      return {}
    }
  }

  store() {
    const { steps, done, width } = this
    try {
      sessionStorage.setItem(this.storageKey, JSON.stringify({ steps, done, width }))
    } catch {
      // Without storage the board works all the same; it only forgets.
    }
  }
}
