using System.Runtime.InteropServices;

namespace Reflinks.Platform.Windows;

/// <summary>Streams that a file has besides its data.</summary>
internal static unsafe partial class WindowsKernel
{
    const string DataStream = ":$DATA";

    /// <summary>The largest list of streams that is asked for; NTFS ends at about that much.</summary>
    const int MostStreamBytes = 1024 * 1024;

    /// <summary>The stream that an attribute stands for; null where it is another kind of attribute, or no stream has that name.</summary>
    static string? StreamName(string attribute) =>
        attribute.StartsWith(StreamPrefix, StringComparison.Ordinal) && attribute[StreamPrefix.Length..] is { Length: > 0 and <= 255 } name
        && WindowsNames.IsPlain(name) && !name.Contains('/', StringComparison.Ordinal) ? name : null;

    /// <summary>Names and lengths; none where the filesystem has no streams.</summary>
    static List<(string Name, long Length)> StreamsOf(nint handle)
    {
        var found = new List<(string Name, long Length)>();
        if (!HasStreams(handle)) return found;
        for (int room = 4096; room <= MostStreamBytes; room *= 4)
        {
            byte[] bytes = new byte[room];
            WindowsInterop.IoStatusBlock result;
            uint status;
            fixed (byte* start = bytes) status = WindowsInterop.NtQueryInformationFile(handle, &result, start, (uint)room, WindowsInterop.FileStreamInformation);
            if (status == WindowsInterop.STATUS_BUFFER_OVERFLOW) continue;
            // A folder without streams is nothing at all, and a file without them its data.
            if (!WindowsErrors.IsError(status) && result.Information > 0) ReadStreams(bytes.AsSpan(0, (int)result.Information), found);
            break;
        }
        return found;
    }

    static bool HasStreams(nint handle) =>
        !WindowsErrors.IsError(Identify(handle, out ulong volume, out _)) && (AbilitiesOf(volume, handle) & WindowsInterop.FILE_NAMED_STREAMS) != 0;

    static void ReadStreams(ReadOnlySpan<byte> records, List<(string Name, long Length)> found)
    {
        int header = sizeof(WindowsInterop.StreamInformation);
        while (records.Length >= header)
        {
            var record = MemoryMarshal.Read<WindowsInterop.StreamInformation>(records);
            if (record.StreamNameLength > records.Length - header) return;
            ReadOnlySpan<char> name = MemoryMarshal.Cast<byte, char>(records.Slice(header, (int)record.StreamNameLength));
            if (name.Length > 1 + DataStream.Length && name[0] == ':' && name.EndsWith(DataStream, StringComparison.Ordinal))
                found.Add((name[1..^DataStream.Length].ToString(), record.StreamSize));
            if (record.NextEntryOffset == 0 || record.NextEntryOffset >= records.Length) return;
            records = records[(int)record.NextEntryOffset..];
        }
    }

    /// <summary>Opens a stream by the file's own path: from a handle that is no folder's, nothing but itself is opened for certain.</summary>
    static uint OpenStream(int descriptor, string name, uint access, uint disposition, uint options, out nint handle)
    {
        handle = 0;
        if (!HasStreams(descriptor)) return WindowsErrors.STATUS_NOT_SUPPORTED;
        if (PathBehind(descriptor) is not { } path || !WindowsPlace.TryFind(path, out WindowsPlace place)) return WindowsErrors.STATUS_OBJECT_NAME_NOT_FOUND;
        return Open(new WindowsPlace(0, $"{place.Name}:{name}"), access, WindowsInterop.FILE_ATTRIBUTE_NORMAL, disposition, options | WindowsInterop.FILE_OPEN_REPARSE_POINT, out handle);
    }

    static nint ReadStream(int descriptor, string name, byte* value, nuint size)
    {
        uint status = OpenStream(descriptor, name, WindowsInterop.FILE_READ_DATA | WindowsInterop.FILE_READ_ATTRIBUTES, WindowsInterop.FILE_OPEN, 0, out nint stream);
        if (status == WindowsErrors.STATUS_OBJECT_NAME_NOT_FOUND) return WindowsErrors.Fail(Errno.ENODATA);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        try
        {
            status = Query(stream, WindowsInterop.FileStandardInformation, out WindowsInterop.StandardInformation standard);
            if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
            if (standard.EndOfFile > LongestValue) return WindowsErrors.Fail(Errno.E2BIG);
            if (size == 0) return (nint)standard.EndOfFile;
            return (nuint)standard.EndOfFile > size ? WindowsErrors.Fail(Errno.ERANGE) : Read(stream, value, size, 0);
        }
        finally
        {
            _ = WindowsInterop.NtClose(stream);
        }
    }

    static int WriteStream(int descriptor, string name, byte* value, uint size)
    {
        uint status = OpenStream(descriptor, name, WindowsInterop.FILE_WRITE_DATA, WindowsInterop.FILE_OVERWRITE_IF, 0, out nint stream);
        if (WindowsErrors.IsError(status)) return WindowsErrors.Fail(status);
        nint written = size == 0 ? 0 : pwrite((int)stream, value, size, 0);
        Errno error = NativeErrors.Last;
        _ = WindowsInterop.NtClose(stream);
        return written == size ? 0 : WindowsErrors.Fail(written < 0 ? error : Errno.ENOSPC);
    }

    static int RemoveStream(int descriptor, string name)
    {
        uint status = OpenStream(descriptor, name, WindowsInterop.DELETE, WindowsInterop.FILE_OPEN, WindowsInterop.FILE_DELETE_ON_CLOSE, out nint stream);
        if (status == WindowsErrors.STATUS_OBJECT_NAME_NOT_FOUND) return WindowsErrors.Fail(Errno.ENODATA);
        return WindowsErrors.IsError(status) ? WindowsErrors.Fail(status) : WindowsErrors.Result(WindowsInterop.NtClose(stream));
    }
}
