//! What page and Worker tell each other: arrays whose first element says what they are. Messages and answers of the window travel as
//! MessagePack, which keeps every bit of a number, in buffers that change hands instead of being copied.

use js_sys::{Array, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stitchscope_ui::Desk;
use stitchscope_ui::work::{Answer, Message};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::File;

/// To the Worker.
pub enum Word {
    /// A message for one of the desks.
    Message(Desk, Message),
    /// A file that a person gave, under the place by which messages name it.
    Given(String, File),
    /// Forget everything that the browser keeps.
    Clear,
}

/// From the Worker.
pub enum Note {
    /// For the window.
    Answer(Answer),
    /// A file for the person: name and bytes.
    Save(String, Vec<u8>),
    /// So many bytes are kept in the browser.
    Kept(f64),
}

/// A thing as the other side receives it, and the buffers that go with it.
pub struct Parcel {
    /// The array.
    pub data: JsValue,
    /// Buffers that change hands.
    pub transfer: JsValue,
}

fn parcel(parts: &[JsValue], buffer: Option<&Uint8Array>) -> Parcel {
    let transfer: Array = buffer.map(Uint8Array::buffer).into_iter().collect();
    Parcel { data: parts.iter().collect::<Array>().into(), transfer: transfer.into() }
}

fn pack(kind: &str, value: &impl Serialize) -> Result<Parcel, String> {
    let bytes = rmp_serde::to_vec_named(value).map_err(|error| error.to_string())?;
    let bytes = Uint8Array::from(bytes.as_slice());
    Ok(parcel(&[kind.into(), bytes.clone().into()], Some(&bytes)))
}

fn unpack<T: DeserializeOwned>(value: &JsValue) -> Result<T, String> {
    let bytes = value.dyn_ref::<Uint8Array>().ok_or("no bytes where a message was expected")?.to_vec();
    rmp_serde::from_slice(&bytes).map_err(|error| error.to_string())
}

fn parts(value: &JsValue) -> Result<(String, Array), String> {
    let array = value.dyn_ref::<Array>().ok_or("no message of ours")?;
    Ok((array.get(0).as_string().ok_or("a message without a kind")?, array.clone()))
}

fn text(value: &JsValue) -> Result<String, String> {
    value.as_string().ok_or_else(|| "no text where a name was expected".to_owned())
}

impl Word {
    /// For the other side.
    ///
    /// # Errors
    /// The encoder's sentence.
    pub fn pack(&self) -> Result<Parcel, String> {
        match self {
            Self::Message(Desk::Studies, message) => pack("studies", message),
            Self::Message(Desk::Looks, message) => pack("looks", message),
            Self::Given(place, file) => Ok(parcel(&["given".into(), place.into(), file.into()], None)),
            Self::Clear => Ok(parcel(&["clear".into()], None)),
        }
    }

    /// From the other side.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn unpack(value: &JsValue) -> Result<Self, String> {
        let (kind, parts) = parts(value)?;
        match kind.as_str() {
            "studies" => Ok(Self::Message(Desk::Studies, unpack(&parts.get(1))?)),
            "looks" => Ok(Self::Message(Desk::Looks, unpack(&parts.get(1))?)),
            "given" => Ok(Self::Given(text(&parts.get(1))?, parts.get(2).dyn_into().map_err(|_| "no file")?)),
            "clear" => Ok(Self::Clear),
            other => Err(format!("a message of the unknown kind {other}")),
        }
    }
}

impl Note {
    /// For the other side.
    ///
    /// # Errors
    /// The encoder's sentence.
    pub fn pack(&self) -> Result<Parcel, String> {
        match self {
            Self::Answer(answer) => pack("answer", answer),
            Self::Save(name, bytes) => {
                let bytes = Uint8Array::from(bytes.as_slice());
                Ok(parcel(&["save".into(), name.into(), bytes.clone().into()], Some(&bytes)))
            }
            Self::Kept(bytes) => Ok(parcel(&["kept".into(), (*bytes).into()], None)),
        }
    }

    /// From the other side.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn unpack(value: &JsValue) -> Result<Self, String> {
        let (kind, parts) = parts(value)?;
        match kind.as_str() {
            "answer" => Ok(Self::Answer(unpack(&parts.get(1))?)),
            "save" => {
                let bytes = parts.get(2).dyn_into::<Uint8Array>().map_err(|_| "no bytes")?.to_vec();
                Ok(Self::Save(text(&parts.get(1))?, bytes))
            }
            "kept" => Ok(Self::Kept(parts.get(1).as_f64().unwrap_or_default())),
            other => Err(format!("a note of the unknown kind {other}")),
        }
    }
}
