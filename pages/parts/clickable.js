const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }
const SECONDS_TO_OPEN = 30
const SECONDS_TO_DRAW = 10

// All that are on the page.
window.digitLabRoots ??= new Set()

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".clickable")
  const focused = () => root.getRootNode().activeElement
  window.digitLabRoots.forEach(each => each.isConnected || window.digitLabRoots.delete(each))
  window.digitLabRoots.add(root)

  // Anew only when it has changed: what is replaced loses the focus.
  if (root.shown !== data) {
    const value = focused()?.dataset.value
    root.innerHTML = root.shown = data
    if (value) focus(root, value)
  }

  // One stop for the Tab key; arrows lead on from there.
  const all = [...root.querySelectorAll("[data-value]")]
  const stopAt = button => all.forEach(each => (each.tabIndex = each === button ? 0 : -1))
  stopAt(all.find(each => each === focused()) ?? all.find(each => each.ariaPressed === "true") ?? all[0])
  root.onkeydown = event => {
    // With others they are the browser's: Alt and an arrow lead back.
    if (!WAYS[event.key] || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    const next = nearest(all, event.target, WAYS[event.key])
    if (!next) return
    stopAt(next)
    next.focus()
  }

  root.onclick = event => {
    const button = event.target.closest("[data-value]")
    if (!button) return
    stopAt(button)
    setTriggerValue("clicked", button.dataset.value)
    onceDialogIsClosed(() => giveFocusBack(button.dataset.value))
  }
}

/** The one of `buttons` that is nearest to `from` in a direction; none if all lie the other way. */
function nearest(buttons, from, [right, down]) {
  const here = from.getBoundingClientRect()
  const distance = button => {
    const there = button.getBoundingClientRect()
    const [x, y] = [there.x - here.x, there.y - here.y]
    const along = x * right + y * down
    // What lies beside the way is farther than the next one on it.
    return along > 1 ? along + 20 * Math.abs(x * down + y * right) : Infinity
  }
  const best = buttons.reduce((best, each) => (distance(each) < distance(best) ? each : best))
  return distance(best) < Infinity ? best : null
}

const isDialogOpen = () => document.querySelector("[data-testid=stDialog]") !== null

/** A dialog gives the focus back only to what it can find, and not into a component. */
function onceDialogIsClosed(act) {
  window.digitLabWatch?.disconnect()
  const until = Date.now() + 1000 * SECONDS_TO_OPEN
  let wasOpen = isDialogOpen()
  // Not by a timer: a busy browser may have opened and closed the dialog before it is due.
  const watch = (window.digitLabWatch = new MutationObserver(() => {
    if (isDialogOpen()) wasOpen = true
    else if (wasOpen || Date.now() > until) {
      watch.disconnect()
      if (wasOpen) act()
    }
  }))
  watch.observe(document.body, { childList: true, subtree: true })
}

/** The focus to the button with this value, until somebody does something: the page may be drawing it anew. */
function giveFocusBack(value) {
  const gone = new AbortController()
  const once = { capture: true, signal: gone.signal }
  for (const act of ["keydown", "pointerdown"]) addEventListener(act, () => gone.abort(), once)
  const until = Date.now() + 1000 * SECONDS_TO_DRAW
  const give = () => {
    if (gone.signal.aborted || Date.now() > until) return gone.abort()
    if (isDialogOpen()) return onceDialogIsClosed(() => giveFocusBack(value))
    const holds = root => root.getRootNode().activeElement?.dataset.value === value
    const roots = [...window.digitLabRoots].filter(root => root.isConnected)
    roots.some(holds) || roots.find(root => focus(root, value, { preventScroll: true }))
    setTimeout(give, 50)
  }
  give()
}

/** Whether there was such a button. */
function focus(root, value, how) {
  const button = root.querySelector(`[data-value="${value}"]`)
  button?.focus(how)
  return button !== null
}
